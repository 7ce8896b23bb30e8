"""From a bundle to predictions, on ONNX Runtime and without torch."""
