#!/usr/bin/env python3
"""The .tar.gz and the .deb that CPack makes: unpacked where nothing else is, they run.

Called as: package.py CPACK CPACK_CONFIG WORK
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

cpack, config, work = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], text=True, capture_output=True, **options)
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def search_path(file):
    return re.findall(r"\(R(?:UN)?PATH\).*\[(.*)\]", run("readelf", "-d", file))


def libraries(file):
    """Where the loader takes each library from, in an empty environment."""
    return dict(re.findall(r"(\S+) => (\S+) \(", run("env", "-i", "/usr/bin/ldd", file)))


def use(root, configs):
    """A user's first steps, in an environment that has nothing."""
    home = root / "home"
    home.mkdir()
    recur = ["env", "-i", f"HOME={home}", root / "bin" / "recur"]
    assert re.search(r"recur \d+\.\d+\.\d+", run(*recur, "--version"))
    run(*recur, "train", configs / "stock" / "quickstart.yaml", "--run", home / "run", "trainer.epochs=1", "threads=1")
    run(*recur, "export", home / "run", "--output", home / "model.pt")
    assert (home / "model.pt").stat().st_size > 1000
    # Subwords need the plugin in lib/recur.
    run(*recur, "train", configs / "sentiment" / "quickstart.yaml", "--run", home / "words", "trainer.epochs=1",
        "threads=1", "data.simulate_examples=200", "data.text.tokenizer=subword",
        "data.text.subword.vocabulary_size=120")


def check_tree(root, everything):
    program = root / "bin" / "recur"
    assert search_path(program) == ["$ORIGIN/../lib/recur"], search_path(program)
    for library in sorted((root / "lib" / "recur").iterdir()):
        assert library.is_file() and not (library.is_symlink() and os.path.isabs(os.readlink(library))), library
        for path in search_path(library):
            assert all(part.startswith("$ORIGIN") for part in path.split(":") if part), (library, path)
    inside = str((root / "lib" / "recur").resolve())
    for name, where in libraries(program).items():
        if re.match(r"lib(c|m|dl|rt|pthread|gcc_s|stdc\+\+)\.so", name):
            continue
        is_inside = str(pathlib.Path(where).resolve()).startswith(inside)
        assert is_inside or (not everything and not re.match(r"lib(torch|c10|gomp)", name)), (name, where)
    for page in ["bash-completion/completions/recur", "zsh/vendor-completions/_recur",
                 "fish/vendor_completions.d/recur.fish", "man/man1/recur.1", "doc/recur/LICENSE"]:
        assert (root / "share" / page).stat().st_size > 100, page


for tool in ("dpkg-shlibdeps", "dpkg-deb", "file", "readelf"):
    if not shutil.which(tool):
        print(f"skipped: {tool} is not there; ./dev package installs it")
        sys.exit(77)
shutil.rmtree(work, ignore_errors=True)
work.mkdir(parents=True)
run(cpack, "--config", config, "-B", work, "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=none")

(archive,) = work.glob("recur-*.tar.gz")
with tarfile.open(archive) as tar:
    tar.extractall(work / "tar")
archive.unlink()
(root,) = (work / "tar").iterdir()
check_tree(root, everything=True)
use(root, root / "share" / "recur" / "configs")
moved = work / "a folder moved elsewhere"
shutil.move(root, moved)
run("env", "-i", moved / "bin" / "recur", "list")

(package,) = work.glob("recur_*.deb")
run("dpkg-deb", "--extract", package, work / "deb")
depends = run("dpkg-deb", "--field", package, "Depends")
assert "libyaml-cpp" in depends and "libc6" in depends and "torch" not in depends, depends
package.unlink()
check_tree(work / "deb" / "usr", everything=False)
use(work / "deb" / "usr", work / "deb" / "usr" / "share" / "recur" / "configs")
shutil.rmtree(work)
print("the .tar.gz and the .deb run where they were unpacked")
