"""Make the demonstration repository from healpy's source distribution: maps.py ARCHIVE FOLDER."""

import shutil
import sys
import tarfile
from pathlib import Path

import healpy
import numpy

SOURCE = "healpy 1.18.1 (source distribution)"
MAPS = (
    "wmap_band_iqumap_r9_7yr_V_v4_udgraded32.fits",
    "wmap_band_iqumap_r9_7yr_W_v4_udgraded32.fits",
    "wmap_band_iqumap_r9_7yr_W_v4_udgraded32_masked.fits",
    "wmap_temperature_analysis_mask_r9_7yr_v4_udgraded32.fits",
)
SPECTRUM = "totcls.dat"
SEEDS = (1, 2)
NSIDE = 256
BEAM = 40.0
"""Full width at half maximum in arcminutes: about the resolution that NSIDE carries."""

MAPS_README = f"""Sky maps of WMAP
================
Real observations: the V and W band maps (Stokes I, Q, U) of the seven-year data release of the Wilkinson Microwave
Anisotropy Probe, and its temperature analysis mask, degraded to HEALPix nside 32 (RING order). The file with `masked`
in its name has the mask applied. The maps are in mK, in Galactic coordinates.

The files are unchanged from the test data of {SOURCE}, whose names they keep.
"""

SIMULATIONS_README = f"""SIMULATIONS, not observations
=============================
Each map is a random sky (Stokes I, Q, U), made by `healpy.synfast` from the power spectrum in `spectrum.dat`;
nothing in it was measured. HEALPix nside {NSIDE}, RING order, microkelvin, Gaussian beam of {BEAM:g} arcmin, no noise;
the seed of the random numbers is in the name and in the header.

`spectrum.dat` is `{SPECTRUM}` of {SOURCE}: multipole l, then
l(l+1)C_l/2pi of TT, EE, BB and TE in microkelvin squared. It is a spectrum of the standard model of cosmology, near to
what Planck measured (its first peak is at l=220); healpy does not say with which parameters it was computed.
"""


def maps(data: Path, folder: Path) -> None:
    """Copy the WMAP maps."""
    folder.mkdir()
    for name in MAPS:
        shutil.copyfile(data / name, folder / name)
    (folder / "README.txt").write_text(MAPS_README)


def simulations(spectrum: Path, folder: Path) -> None:
    """Make maps from the spectrum."""
    folder.mkdir()
    shutil.copyfile(spectrum, folder / "spectrum.dat")
    multipole, *columns = numpy.loadtxt(spectrum, unpack=True)
    scale = multipole * (multipole + 1) / (2 * numpy.pi)
    scale[0] = 1
    for seed in SEEDS:
        numpy.random.seed(seed)
        sky = healpy.synfast(
            [column / scale for column in columns],
            NSIDE,
            lmax=2 * NSIDE,
            fwhm=numpy.radians(BEAM / 60),
            pol=True,
            new=True,
        )
        healpy.write_map(
            folder / f"simulation_nside{NSIDE}_seed{seed}.fits",
            sky,
            column_names=["I_STOKES", "Q_STOKES", "U_STOKES"],
            column_units="uK_CMB",
            coord="G",
            dtype=numpy.float32,
            extra_header=[
                ("SIMULATE", True, "simulation, not an observation"),
                ("SPECTRUM", SPECTRUM, f"of {SOURCE}"),
                ("SEED", seed, "of the random numbers"),
                ("FWHM", BEAM, "[arcmin] Gaussian beam"),
            ],
        )
    (folder / "README.txt").write_text(SIMULATIONS_README)


def main() -> None:
    """Unpack the archive and make both collections in the folder."""
    archive, folder = Path(sys.argv[1]), Path(sys.argv[2])
    source = folder / "source"
    with tarfile.open(archive) as packed:
        packed.extractall(source, filter="data")
    [root] = source.iterdir()
    maps(root / "test/data", folder / "maps")
    simulations(root / "lib/healpy/data" / SPECTRUM, folder / "simulations")
    shutil.rmtree(source)


main()
