#!/bin/sh
# The first process of the embedded node, called twice:
#   run.sh outside CGROUPS_FILE ROOT BIN GIT   joins the node's cgroups, then makes its namespaces
#   run.sh inside  CONTROLLERS  ROOT BIN GIT   mounts what a node needs, sets up eth0, and becomes s6-svscan
# Shell, because it runs before anything else exists in the namespaces and ends by exec.
set -eu
phase=$1 cgroups=$2 root=$3 bin=$4 git=$5

if [ "$phase" = outside ]; then
  while read -r dir; do echo $$ >"$dir/cgroup.procs"; done <"$cgroups"
  exec unshare --fork --kill-child --pid --net --mount --uts --ipc --cgroup \
    "$0" inside "$(cut -d: -f2 /proc/self/cgroup | tr '\n' ' ')" "$root" "$bin" "$git"
fi

hostname node
mount --bind "$root" "$root"
cd "$root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /dev dev
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs tmpfs tmp
mount --bind -o ro "$bin" usr/local/bin
mount --bind "$git" srv/git

# A cgroup namespace shows only the node's own part of each hierarchy.
if [ -n "$cgroups" ] && [ "$cgroups" != ' ' ]; then
  mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
  for controllers in $cgroups; do
    dir=sys/fs/cgroup/${controllers#name=}
    mkdir "$dir"
    mount -t cgroup -o "$controllers" cgroup "$dir"
  done
else
  mount -t cgroup2 cgroup2 sys/fs/cgroup
  # cgroup v2 gives controllers to children only while the parent holds no process itself.
  mkdir sys/fs/cgroup/init
  while read -r pid; do echo "$pid" >sys/fs/cgroup/init/cgroup.procs 2>/dev/null || :; done <sys/fs/cgroup/cgroup.procs
  for controller in $(cat sys/fs/cgroup/cgroup.controllers); do
    echo "+$controller" >sys/fs/cgroup/cgroup.subtree_control
  done
fi

mkdir -p .host
pivot_root . .host
umount -l /.host
# Volumes mounted by the kubelet must reach the containers, and the other way round.
mount --make-rshared /

# Both ends of the pair stay in here: eth0 only has to exist and to have an address.
ip link set lo up
ip link add eth0 type veth peer name eth0-peer
ip link set eth0-peer up
ip link set eth0 up
ip address add 192.168.49.2/24 dev eth0
ip route add 10.96.0.0/12 dev eth0 # without it the API server cannot reach webhooks
ip route add 169.254.1.1 dev eth0  # the pods' gateway: an interface answers for it only if there is a way to it
ip route add unreachable default   # so that look-ups of outside names fail at once
echo 1 >/proc/sys/net/ipv4/ip_forward

exec s6-svscan /etc/s6
