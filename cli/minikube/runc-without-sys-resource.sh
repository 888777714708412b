#!/bin/sh
# runc for a Docker engine on a machine without CAP_SYS_RESOURCE. Docker gives a privileged container every capability, and
# runc fails to set the missing one, so this script removes it from the container's configuration.
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
