"""From the files of a load test to a report: tables, targets and graphs."""
