# Makes the demonstration data in the folder in which it is started, from public packages; nothing else stays there.
set -eu
here=$(dirname "$0")
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_QUIET=1
export OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1

pip install --target lib --require-hashes --only-binary :all: --requirement "$here/requirements.txt"
pip download --require-hashes --no-deps --no-binary healpy --dest archive --requirement "$here/source.txt"
PYTHONPATH=lib python3 "$here/maps.py" archive/healpy-*.tar.gz .
rm -r lib archive
