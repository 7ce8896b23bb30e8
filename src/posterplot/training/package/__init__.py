"""From a trained model to a bundle: calibration, thresholds, export, card."""
