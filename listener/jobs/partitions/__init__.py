"""Measure an archive of Parquet files in parts, on as many machines as there are."""
