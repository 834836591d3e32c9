FROM python:3.11-slim

# An index of CPU builds of PyTorch keeps gigabytes of CUDA libraries out of the image; README.md says how to name one.
ARG TORCH_INDEX=""

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    RESNET_DEMO_HOST=0.0.0.0 \
    RESNET_DEMO_PORT=7860

RUN useradd --uid 1000 --create-home visitor
WORKDIR /app

# Before the code, so that a change of the code installs nothing again.
COPY requirements.txt constraints.txt ./
RUN pip install ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} -r requirements.txt -c constraints.txt

COPY app.py LICENSE ./
COPY assets assets
COPY resnet_demo resnet_demo

USER 1000
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['RESNET_DEMO_PORT'] + '/healthz', timeout=4)"]

CMD ["python", "app.py"]
