"""Package a trained model as a bundle: calibration, thresholds, export, card."""
