#!/usr/bin/env bash
# One would guess that Open3D's two interfaces, open3d.geometry and the newer open3d.t.geometry, throw the same points away as outliers, and that a point is not its own neighbour:
# both say that a point needs nb_points neighbours within the radius.
# The newer one counts the point itself. With nb_points=1 it keeps a stray point with nothing around it, and each other one: the call does nothing. With 2 it keeps pairs of spatter,
# of 3 groups of three. The older one throws these away with the same numbers, as it says. For the statistical way both count the point itself, at a distance of 0: with
# one neighbour the older one throws away all 40010 points and the newer one none, with 2 both keep a pair. Nothing is said.
# It matters where scans are freed of spatter and reflections before heights are measured: spots of dirt stay, or an empty cloud goes on, after a change from one
# interface to the other. What helps: one more for nb_points in the newer interface, and for nb_neighbors in both.
# Versions: open3d 0.20.0, numpy 2.4.6, scipy 1.17.1; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check open3d==0.20.0 numpy==2.4.6 scipy==1.17.1
cat >stray.py <<'EOF'
import sys

import numpy as np
import open3d
from scipy.spatial import cKDTree

RADIUS = 0.3
grid = np.stack(np.meshgrid(np.arange(0, 20, 0.1), np.arange(0, 20, 0.1)), axis=-1).reshape(-1, 2)
plane = np.column_stack([grid, np.random.default_rng(0).normal(0, 0.003, len(grid))])


def spatter(count, x, y):
    """A group of points 3 above the plane."""
    return np.array([[x + 0.05 * at, y, 3] for at in range(count)])


points = np.vstack([plane, spatter(1, 5, 5), spatter(2, 10, 5), spatter(3, 15, 5), spatter(4, 5, 15)])
group = np.repeat([0, 1, 2, 3, 4], [len(plane), 1, 2, 3, 4])
older = open3d.geometry.PointCloud(open3d.utility.Vector3dVector(points))
newer = open3d.t.geometry.PointCloud(open3d.core.Tensor(points))
others = np.array([len(near) - 1 for near in cKDTree(points).query_ball_point(points, RADIUS)])


def left(kept):
    return [int(np.count_nonzero(group[kept] == which)) for which in range(5)]


def due(least):
    return left(others >= least)


wrong = False
print(f"{len(plane)} points of a part, and groups of 1 to 4 above it; left of each, with a radius of {RADIUS}:")
for least in range(1, 5):
    by_older = left(np.asarray(older.remove_radius_outlier(least, RADIUS)[1], dtype=int))
    by_newer = left(newer.remove_radius_outliers(least, RADIUS)[1].numpy())
    print(f"nb_points={least}: {by_older} by open3d.geometry, {by_newer} by open3d.t.geometry, {due(least)} have {least} other points around them")
    wrong |= by_older != due(least) or by_newer != due(least - 1) or by_older == by_newer
print("statistical outliers, beyond 2 standard deviations:")
for neighbours in 1, 2, 3, 20:
    by_older = left(np.asarray(older.remove_statistical_outlier(neighbours, 2.0)[1], dtype=int))
    by_newer = left(newer.remove_statistical_outliers(neighbours, 2.0)[1].numpy())
    print(f"nb_neighbors={neighbours}: {by_older} by open3d.geometry, {by_newer} by open3d.t.geometry")
    if neighbours == 1:
        wrong |= by_older != [0] * 5 or by_newer != [len(plane), 1, 2, 3, 4]
    elif neighbours == 2:
        wrong |= by_older != [len(plane), 0, 2, 3, 4] or by_newer != by_older
if wrong:
    sys.exit("changed: other points")
EOF
v/bin/python stray.py
