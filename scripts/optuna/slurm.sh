#!/usr/bin/env bash
#SBATCH --job-name=resnet-bo
#SBATCH --array=0-7
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=resnet-bo-%A_%a.log
#SBATCH --signal=B:USR1@60
#
# Workers of a study on Slurm: an array, each task of which is one worker.
#
#   sbatch --array=0-7 --time=1:00:00 scripts/optuna/slurm.sh \
#       --storage postgresql+psycopg2://user@host/name --study N --evaluations 40 -- --data FOLDER
#
# All arguments are those of `python3 -m optuna_resnet_bo worker`; PYTHON names another Python. A task ends when the study is
# finished. 60 seconds before its time is over it gives its trial back and queues itself again, until the study is finished. A task
# whose node fails or is taken away is queued again by Slurm, and its trial by the other workers. `scancel` ends tasks for good.
set -uo pipefail

requeue=false
"${PYTHON:-python3}" -m optuna_resnet_bo worker "$@" &
worker=$!
trap 'requeue=true; kill -TERM $worker' USR1
trap 'kill -TERM $worker' TERM INT

# A signal ends `wait` before the worker ends.
wait "$worker"
code=$?
while kill -0 "$worker" 2>/dev/null; do
    wait "$worker"
    code=$?
done
# The study may have been finished at that moment.
if $requeue && [ "$code" -eq 143 ]; then
    scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
