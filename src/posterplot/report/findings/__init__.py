"""What a report finds: one small file a finding, computed from runs and a dataset."""
