"""The cheapest assignment of rows to columns out of some possible pairs, where a row may stay without one."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """What could be assigned, as aligned arrays; a pair that is not there is forbidden.

    Attributes:
        rows: [k], ascending.
        columns: [k]; no pair stands twice.
        costs: [k], finite.
    """

    rows: Indices
    columns: Indices
    costs: Floats


def assign(pairs: Pairs, row_count: int, alone: float) -> Indices:
    """The column of each row in the assignment with the least sum; -1: none, which costs `alone`.

    Exact: shortest augmenting paths (R. Jonker and A. Volgenant, "A shortest augmenting path algorithm for
    dense and sparse linear assignment problems", Computing 38, 1987), over the possible pairs alone. Most
    rows get their cheapest column at once; a path is looked for only where two want the same. Pairs that
    cost `alone` or more are never made.
    """
    good = pairs.costs < alone
    rows, columns, costs = pairs.rows[good], pairs.columns[good], pairs.costs[good]
    market = _Market(row_count, alone, rows, columns, costs)
    for row in market.contested():
        market.place(row)
    result: Indices = np.full(row_count, -1, np.intp)
    for column, row in market.row_of.items():
        result[row] = column
    return result


class _Market:
    """Rows, columns and their prices: of no possible pair do they ever ask more than it costs."""

    def __init__(self, row_count: int, alone: float, rows: Indices, columns: Indices, costs: Floats) -> None:
        starts = np.searchsorted(rows, np.arange(row_count + 1)).tolist()
        wares = list(zip(costs.tolist(), columns.tolist(), strict=True))
        self._wares = [wares[a:b] for a, b in pairwise(starts)]
        self._alone = alone
        self._best = [min(offered, default=(alone, -1)) for offered in self._wares]
        self._row_price = [cost for cost, _ in self._best]
        self._column_price: dict[int, float] = {}
        self.row_of: dict[int, int] = {}
        self._column_of: dict[int, int] = {}

    def contested(self) -> list[int]:
        """Give rows their cheapest column; those for which it was taken come back."""
        left = []
        for row, (_, column) in enumerate(self._best):
            if column in self.row_of:
                left.append(row)
            elif column >= 0:
                self._pair(row, column)
        return left

    def place(self, start: int) -> None:
        """Give one more row its place: a free column, or that of a row which then stays alone."""
        via: dict[int, int] = {}
        distance: dict[int, float] = {}
        ahead: list[tuple[float, int]] = []
        reached, done = [(start, 0.0)], dict[int, float]()
        end, quitter, limit = -1, start, self._alone - self._row_price[start]
        row, length = start, 0.0
        while True:
            self._offers(row, length, limit, (distance, via, done, ahead))
            column, length = _nearest(ahead, done)
            if length >= limit:
                break
            if column not in self.row_of:
                end, limit = column, length
                break
            done[column] = length
            row = self.row_of[column]
            reached.append((row, length))
            if length + self._alone - self._row_price[row] < limit:
                quitter, limit = row, length + self._alone - self._row_price[row]
        for row, length in reached:
            self._row_price[row] += max(0.0, limit - length)
        for column, length in done.items():
            self._column_price[column] = self._column_price.get(column, 0.0) - max(0.0, limit - length)
        self._turn(start, end, quitter, via)

    def _offers(
        self,
        row: int,
        length: float,
        limit: float,
        search: tuple[dict[int, float], dict[int, int], dict[int, float], list[tuple[float, int]]],
    ) -> None:
        """Columns that can be reached from `row`, into the search, where they are nearer than before."""
        distance, via, done, ahead = search
        base = length - self._row_price[row]
        for cost, column in self._wares[row]:
            far = base + cost - self._column_price.get(column, 0.0)
            if far < limit and column not in done and far < distance.get(column, limit):
                distance[column], via[column] = far, row
                heappush(ahead, (far, column))

    def _turn(self, start: int, end: int, quitter: int, via: dict[int, int]) -> None:
        """Turn the path to `end` around; -1: the path ends with `quitter`, who gives up its column."""
        if end < 0:
            if quitter == start:
                return
            end = self._column_of.pop(quitter)
        while True:
            row = via[end]
            before = self._column_of.get(row, -1)
            self._pair(row, end)
            if row == start:
                return
            end = before

    def _pair(self, row: int, column: int) -> None:
        self.row_of[column], self._column_of[row] = row, column


def _nearest(ahead: list[tuple[float, int]], done: dict[int, float]) -> tuple[int, float]:
    """The nearest column that is not done, and how far it is; infinitely far where there is none."""
    while ahead:
        length, column = heappop(ahead)
        if column not in done:
            return column, length
    return -1, float("inf")
