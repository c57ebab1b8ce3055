#!/bin/sh
# tests/hub/with.sh [--count | --tls FILE] HOW FOLDER COMMAND: runs hub_endpoint of the build folder that `alfa` comes from, without proxies and without
# what the environment says about the real hub.
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
unset HF_TOKEN HF_TOKEN_PATH HF_HOME HF_HUB_CACHE HUGGINGFACE_HUB_CACHE HF_HUB_OFFLINE TRANSFORMERS_OFFLINE SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE
exec "$(dirname "$(realpath "$(command -v alfa)")")/tests/hub_endpoint" "$@"
