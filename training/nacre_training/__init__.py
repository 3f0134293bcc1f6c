# SPDX-License-Identifier: Apache-2.0
"""Trains nacre's encoder: what an item is, and its shape and colour codes."""
