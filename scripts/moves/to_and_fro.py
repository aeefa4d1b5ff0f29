"""The inside of ``scripts/bench_moves.py``, run in the environment of its servers."""

from __future__ import annotations

import argparse
import os
import sys
import time

import django


def main() -> int:
    """Move to and fro; non-zero when anything was wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    options = parser.parse_args()
    django.setup()
    from large_tenant import furnished, measure, tiers  # noqa: PLC0415  # it imports models

    print(f"{os.cpu_count()} cores, {options.rows} rows", flush=True)
    tenant, neighbour = furnished(options.rows), furnished(1000)
    wrong = 0
    for tier in tiers() * options.rounds:
        began = time.perf_counter()
        wrong += measure(tenant, neighbour, tier)
        print(f"  with its checks {time.perf_counter() - began:.1f} s", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
