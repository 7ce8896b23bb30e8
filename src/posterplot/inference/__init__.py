"""Predict with a bundle, using ONNX Runtime and without PyTorch."""
