"""The program loads one OpenMP runtime only, LibTorch's own: two in a process run twice the threads, or hang."""

import os
import re
import subprocess
import sys

program = os.environ.get("RECUR_PROGRAM", "")
if not os.path.exists(program):
    print("skipped: the program recur is not built")
    sys.exit(77)

loaded = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
missing = re.findall(r"^\s*(\S+) => not found", loaded, re.MULTILINE)
if missing:
    sys.exit(f"{program} does not find {', '.join(missing)}")
runtimes = re.findall(r"^\s*(lib(?:gomp|iomp5|omp)\S*) => (\S+)", loaded, re.MULTILINE)
torch_folders = {os.path.dirname(path) for path in re.findall(r"=> (\S*libtorch_cpu\.so)", loaded)}
print("\n".join(f"{name} => {path}" for name, path in runtimes))
if len(runtimes) != 1:
    sys.exit(f"{program} loads {len(runtimes)} OpenMP runtimes, and should load one")
name, path = runtimes[0]
own = [file for folder in torch_folders for file in os.listdir(folder) if file.startswith(name.split(".so")[0])]
if own and os.path.dirname(path) not in torch_folders:
    sys.exit(f"{program} loads {path}, and should load LibTorch's own {own[0]}")
