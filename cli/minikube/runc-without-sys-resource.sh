#!/bin/sh
# runc for a Docker engine on a machine that may not hand on CAP_SYS_RESOURCE, because it has not got it itself: Docker
# gives every capability to a privileged container, and runc fails at the one that is missing.
previous=
for argument; do
  case $previous in
    --bundle | -b) file=$argument/config.json ;;
    --process | -p) file=$argument ;;
  esac
  previous=$argument
done
[ -n "${file-}" ] && [ -f "$file" ] && sed -i 's/"CAP_SYS_RESOURCE",//g; s/,"CAP_SYS_RESOURCE"//g' "$file"
exec runc "$@"
