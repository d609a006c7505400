#!/usr/bin/env bash
# A Slurm cluster of one node on this machine, for the tests: munged, slurmctld and slurmd in a folder of their own.
#
#   cluster.sh start DIR   starts it; prints the SLURM_CONF to use
#   cluster.sh stop DIR    ends its daemons
#
# Needs root and the Debian packages slurm-wlm and munge. Exit code 77, with the reason, where it cannot run.
set -euo pipefail

skip() { echo "no Slurm here: $*" >&2; exit 77; }

start() {
    local dir=$1 tool
    [ "$(id -u)" = 0 ] || skip "its daemons need root"
    PATH=$PATH:/usr/sbin
    for tool in munged slurmctld slurmd sbatch squeue; do
        command -v "$tool" >/dev/null || skip "$tool is missing; apt-get install --no-install-recommends slurm-wlm munge"
    done
    mkdir -p "$dir"/{state,spool,log,munge}
    # munged wants a folder of its own that nobody else may write to, and slurmd one that all may pass through.
    chmod 755 "$dir" "$dir/munge"
    head -c 1024 /dev/urandom >"$dir/munge/key"
    chmod 400 "$dir/munge/key"
    local host ports
    host=$(hostname -s)
    # Two ports that nobody listens on.
    ports=$(python3 -c 'import socket
s = [socket.socket() for _ in range(2)]
[x.bind(("127.0.0.1", 0)) for x in s]
print(*(x.getsockname()[1] for x in s))') || skip "python3 is missing"
    # slurmd 22 wants to find cgroups even when it does not use them.
    local version=cgroup/v1
    [ -f /sys/fs/cgroup/cgroup.controllers ] && version=cgroup/v2
    echo "CgroupPlugin=$version" >"$dir/cgroup.conf"
    cat >"$dir/slurm.conf" <<CONF
ClusterName=course
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmctldPort=${ports% *}
SlurmdPort=${ports#* }
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.log
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
    export SLURM_CONF=$dir/slurm.conf
    munged --key-file="$dir/munge/key" --socket="$dir/munge/socket" --pid-file="$dir/munge/pid" \
        --log-file="$dir/munge/log" --seed-file="$dir/munge/seed" --force >&2 || skip "munged does not start: $(tail -1 "$dir/munge/log")"
    slurmctld >&2 || skip "slurmctld does not start: $(tail -1 "$dir/log/slurmctld.log")"
    slurmd >&2 || skip "slurmd does not start: $(tail -1 "$dir/log/slurmd.log")"
    local i
    for i in $(seq 100); do
        if sinfo --noheader --format=%T 2>/dev/null | grep -q idle; then
            echo "$SLURM_CONF"
            return
        fi
        sleep 0.1
    done
    stop "$dir"
    skip "the node does not become idle: $(tail -1 "$dir/log/slurmd.log")"
}

stop() {
    local dir=$1 file
    for file in "$dir/slurmd.pid" "$dir/slurmctld.pid" "$dir/munge/pid"; do
        [ -f "$file" ] && kill "$(cat "$file")" 2>/dev/null || true
    done
}

case "${1:-} ${2:+dir}" in
    "start dir") start "$2" ;;
    "stop dir") stop "$2" ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 1 ;;
esac
