#!/usr/bin/env bash
# One would guess that trimesh reads the holes of a DXF drawing at the places where CAD programs show them, also where they are in a block that is inserted, as drawings
# have their repeated features.
# Only blocks as they are lie right. One that is inserted at half the size has its place halved too, one turned by 90 degrees is turned the other way round, a mirrored
# one has the sign of its place changed, a base point is left out, and of a row of three there is one. A hole that was mirrored with its own axis (extrusion 0, 0, -1, as
# many CAD programs write it) lies on the other side. What stands in the paper space, the frame and its title, is part of the plate; ellipses are left
# out. Nothing is said. ezdxf has all where they belong.
# It matters where a drawing is the golden part or tells where holes are to be looked for: simple drawings are right, and in others good holes are missing ones. What helps:
# ezdxf to explode the blocks before, with circles and arcs in the drawing's own axes, and what is in the model space alone.
# Versions: trimesh 5.2.0, ezdxf 1.4.5, shapely 2.2.0, networkx 3.6.1, rtree 1.4.1, scipy 1.17.1, numpy 2.4.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check trimesh==5.2.0 ezdxf==1.4.5 shapely==2.2.0 networkx==3.6.1 rtree==1.4.1 scipy==1.17.1 numpy==2.4.6
cat >holes.py <<'EOF'
import sys
import ezdxf, trimesh
from ezdxf import bbox, units

HOLE, PLACE, RADIUS = (4, 1), (30, 10), 0.5  # the hole in its block, and where the block is inserted

def block(base=(0, 0), **how):
    def draw(drawing):
        holes = drawing.blocks.new("HOLE", base_point=base)
        holes.add_circle(HOLE, RADIUS)
        drawing.modelspace().add_blockref("HOLE", PLACE, dxfattribs=how)
    return draw

def circle(place, **how):
    return lambda drawing: drawing.modelspace().add_circle(place, RADIUS, dxfattribs=how)

def title(drawing):
    drawing.modelspace().add_circle((34, 11), RADIUS)
    drawing.paperspace().add_circle((200, 200), 5)

def ellipse(drawing):
    drawing.modelspace().add_circle((34, 11), RADIUS)
    drawing.modelspace().add_ellipse((44, 11), (1, 0), 0.5)

def middle(bounds):
    (left, bottom), (right, top) = bounds
    return round(float(left + right) / 2, 2), round(float(bottom + top) / 2, 2)

def read(draw):
    drawing = ezdxf.new("R2010")
    drawing.units = units.MM
    draw(drawing)
    drawing.saveas("plate.dxf")
    box = bbox.extents(drawing.modelspace())
    found = trimesh.load_path("plate.dxf")
    return middle(((box.extmin.x, box.extmin.y), (box.extmax.x, box.extmax.y))), middle(found.bounds), len(found.entities)

wrong = False
for what, draw, due, holes, elsewhere, entities in (
    ("a block as it is", block(), (34, 11), 1, (34, 11), 1),
    ("at half the size", block(xscale=0.5, yscale=0.5), (32, 10.5), 1, (17, 5.5), 1),
    ("turned by 90 degrees", block(rotation=90), (29, 14), 1, (31, 6), 1),
    ("mirrored", block(xscale=-1), (26, 11), 1, (-34, 11), 1),
    ("with the base point (4, 1)", block(base=HOLE), (30, 10), 1, (34, 11), 1),
    ("a row of three, 5 apart", block(column_count=3, column_spacing=5), (39, 11), 3, (34, 11), 1),
    ("a hole of its own", circle((34, 11)), (34, 11), 1, (34, 11), 1),
    ("a hole that was mirrored", circle((34, 11), extrusion=(0, 0, -1)), (-34, 11), 1, (34, 11), 1),
    ("an ellipse beside a hole", ellipse, (39.25, 11), 2, (34, 11), 1),
    ("a title in the paper space", title, (34, 11), 1, (119.25, 107.75), 2),
):
    right, found, number = read(draw)
    print(f"{what}: {holes} hole(s) about {right}, by trimesh {number} about {found}")
    wrong |= right != due or found != elsewhere or number != entities
if wrong:
    sys.exit("changed: other places")
EOF
v/bin/python -W ignore holes.py
