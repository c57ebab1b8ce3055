#!/bin/sh
# tests/llm/with.sh [--count] HOW COMMAND: runs llm_endpoint of the build folder that `alfa` comes from, without proxies.
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
exec "$(dirname "$(realpath "$(command -v alfa)")")/tests/llm_endpoint" "$@"
