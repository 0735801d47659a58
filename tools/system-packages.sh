#!/bin/sh
# Install a Debian package that the work needs, where that is permitted (root or passwordless sudo); say so where it is not.
#   tools/system-packages.sh browser | nginx | archive
set -u

have_browser() {
    for name in chromium-headless-shell chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    [ -x /usr/lib/chromium/chromium-headless-shell ] || [ -x /usr/lib/chromium/headless_shell ]
}

have_libarchive() {
    for folder in /usr/lib /usr/lib/*-linux-gnu /usr/lib64 /usr/local/lib; do
        [ -e "$folder/libarchive.so.13" ] && return 0
    done
    return 1
}

case "${1:-}" in
browser) have_browser && exit 0; packages="chromium-headless-shell fonts-noto-cjk"; without="继续，但由脚本绘制的页面不检查（unrendered）" ;;
nginx) command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] && exit 0; packages="nginx-light"; without="无法运行 make bench" ;;
archive) have_libarchive && exit 0; packages="libarchive13"; without="继续，但 7z 和 rar 压缩包不读取（unknown）" ;;
*) echo "usage: $0 browser|nginx|archive" >&2; exit 2 ;;
esac

as_root=""
if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        echo "没有权限安装系统软件包 ${packages}：${without}。" >&2
        exit 0
    fi
fi
command -v apt-get >/dev/null 2>&1 || { echo "没有 apt-get，不能安装 ${packages}：${without}。" >&2; exit 0; }
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq >/dev/null 2>&1
# shellcheck disable=SC2086
if ! $as_root apt-get install -y -qq --no-install-recommends $packages >/dev/null 2>&1; then
    echo "系统软件包 ${packages} 安装失败：${without}。" >&2
fi
exit 0
