"""The page of the report: charts, wording and the template."""
