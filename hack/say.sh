# shellcheck shell=bash
# say TEXT...: a heading, bold on a terminal where NO_COLOR (https://no-color.org) is not set.
say() {
	local bold='' plain=''
	if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
		bold=$'\033[1m' plain=$'\033[0m'
	fi
	printf '%s==>%s %s\n' "$bold" "$plain" "$*"
}
