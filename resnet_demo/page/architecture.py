"""The network as a drawing: every unit of the chosen one, the paper's table of all five, five orderings of a unit."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from resnet_demo.errors import ResNetDemoError
from resnet_demo.page.room import Room
from resnet_demo.page.tabs import Tab


def described(room: Room, depth: int, weights: str) -> dict[str, Any]:
    """Every unit of a network for its own view, with totals."""
    found = room.laboratory.architecture(depth, weights)
    return {**asdict(found), "parameters": found.parameters, "multiply_adds": found.multiply_adds}


def paper(room: Room) -> dict[str, Any]:
    """Table 1 of He et al. 2016 with our counts beside it, and the orderings of their second paper's figure 4."""
    table = room.laboratory.paper_table()
    rows = [
        {
            "name": row.name,
            "paper_name": row.paper_name,
            "output_size": row.output_size,
            "shared": row.shared,
            "cells": {depth: cell.formula for depth, cell in row.cells.items()},
        }
        for row in table.rows
    ]
    counts = {name: getattr(table, name) for name in ("paper_flops", "multiply_adds", "parameters")}
    return {"rows": rows, **counts, "orderings": [asdict(each) for each in room.laboratory.orderings()]}


def routes(room: Room) -> list[Route]:
    """Facts that need no photo and no turn on the device."""

    def network(request: Request) -> Response:
        try:
            found = described(room, request.path_params["depth"], request.path_params["weights"])
        except ResNetDemoError:
            return JSONResponse({"error": "There is no such network here."}, status_code=404)
        return JSONResponse(found, headers={"Cache-Control": "no-store"})

    def table(request: Request) -> Response:
        return JSONResponse(paper(room), headers={"Cache-Control": "max-age=3600"})

    return [Route("/ui/architecture/{depth:int}/{weights}.json", network), Route("/ui/architecture/paper.json", table)]


TAB = Tab("architecture", "Architecture")
