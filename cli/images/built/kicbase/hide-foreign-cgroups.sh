# Part of the node's entrypoint. On cgroup v1, systemd mounts every hierarchy that the host has not mounted, and the
# kubelet's groups in it outlive the node. This mounts an empty file system there first, so that systemd
# mounts nothing.
hide_foreign_cgroups() {
  [[ -f /sys/fs/cgroup/cgroup.controllers ]] && return
  local name
  for name in unified perf_event hugetlb net_cls,net_prio net_cls net_prio rdma misc; do
    mountpoint -q "/sys/fs/cgroup/${name}" && continue
    mkdir -p "/sys/fs/cgroup/${name}"
    mount -t tmpfs -o ro,size=4k none "/sys/fs/cgroup/${name}"
  done
}
