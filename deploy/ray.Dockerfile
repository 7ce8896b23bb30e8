# posterplot on a Ray cluster: see docs/scale.md. Built from the repository's root:
#   docker build --file deploy/ray.Dockerfile --tag posterplot-ray .
# Ray must have the same version on all machines: that of constraints.txt.
FROM rayproject/ray:2.60.0-py312-cpu
WORKDIR /tmp/posterplot
COPY --chown=ray:users pyproject.toml README.md LICENSE ./
COPY --chown=ray:users src ./src
RUN pip install --no-cache-dir '.[ray,remote]'
WORKDIR /home/ray
