"""Families of AWS resources: every module here defines ``MAPPINGS`` of component types."""
