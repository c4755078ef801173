"""The builder of the bodies: carves a woman and a man, tissue by tissue, into the atlas that the scanner loads.

Nothing here runs when a course is used. `python -m netcourse.scanner.builder` (`make atlas`) makes the
files of `netcourse/scanner/atlas/data` again, byte for byte.

Frame: x to the patient's left, y to the back, z to the head, in mm; the origin is the centre of the disc
between L1 and L2. Arrays are [z, y, x] of 1.5 × 1 × 1 mm. Points are written (x, y, z).

Laws of carving, in the order of their worth:

1. Every structure is a signed distance in mm, negative inside, with a little smooth noise.
2. Whoever comes later yields: `max(own, gap - other)`. Neighbours are drawn too large on purpose, so that
   they press against each other and keep a thin, uneven plane of fat.
3. Thin things (vessels, fasciae, threads) are carved only in fat, as shares of a voxel.
4. What is left over is fat.
"""
