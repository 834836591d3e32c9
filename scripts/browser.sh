#!/bin/sh
# Finds the Chromium that the browser tests drive. As root on a machine with apt-get it installs what is missing,
# anywhere else it says what to install. Chinese pages need a font with Chinese characters; nginx is for the tests of
# the page behind a proxy, which are left out where there is none.
set -eu

find_browser() {
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null 2>&1; then return 0; fi
    done
    return 1
}

# Without fontconfig there is no telling, and the browser's package brings it.
has_chinese_font() {
    ! command -v fc-list >/dev/null 2>&1 || [ -n "$(fc-list :lang=zh-cn family)" ]
}

missing=""
find_browser || missing="chromium"
if [ -n "$missing" ] || ! has_chinese_font; then missing="$missing fonts-noto-cjk"; fi
command -v nginx >/dev/null 2>&1 || missing="$missing nginx-light"
missing="${missing# }"
if [ -z "$missing" ]; then exit 0; fi

if [ "$(uname -s)" = "Darwin" ] || ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" -ne 0 ]; then
    if find_browser; then exit 0; fi # Without a font pictures are spoilt, without nginx a few tests left out.
    {
        echo "The browser tests need Chromium (chromium, chromium-browser or google-chrome on the PATH)."
        echo "Debian and Ubuntu: sudo apt-get install $missing"
        echo "Elsewhere: install Chromium or Chrome, put it on the PATH, then run this again."
    } >&2
    exit 1
fi

echo "Installing $missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086  one word a package
apt-get install -y -qq --no-install-recommends $missing
find_browser || { echo "$missing was installed, but no chromium is on the PATH." >&2; exit 1; }
