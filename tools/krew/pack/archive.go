package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// program is the plugin as kubectl looks for it in PATH.
const program = "kubectl-crossvpc"

// archive is the plugin of one platform, packed.
type archive struct {
	os, arch string
	// file is the archive's name in the release; bin the program's name in it.
	file, bin, sha256 string
}

// pack writes the archive of a platform. No time, owner or order of the machine's gets into it.
func pack(o options, platform string, license []byte) (archive, error) {
	system, arch, ok := strings.Cut(platform, "/")
	if !ok {
		return archive{}, fmt.Errorf("want a platform like linux/amd64")
	}
	a := archive{os: system, arch: arch, file: fmt.Sprintf("%s-%s-%s-%s.tar.gz", program, o.version, system, arch), bin: program}
	if system == "windows" {
		a.bin += ".exe"
	}
	binary, err := os.ReadFile(filepath.Join(o.binaries, system+"-"+arch, a.bin))
	if err != nil {
		return archive{}, fmt.Errorf("make binaries first: %w", err)
	}
	content, err := tarball([]tar.Header{{Name: "LICENSE", Mode: 0o644}, {Name: a.bin, Mode: 0o755}}, license, binary)
	if err != nil {
		return archive{}, err
	}
	sum := sha256.Sum256(content)
	a.sha256 = hex.EncodeToString(sum[:])
	return a, os.WriteFile(filepath.Join(o.out, a.file), content, 0o644)
}

func tarball(headers []tar.Header, contents ...[]byte) ([]byte, error) {
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	files := tar.NewWriter(zipped)
	for i, content := range contents {
		headers[i].Size = int64(len(content))
		if err := files.WriteHeader(&headers[i]); err != nil {
			return nil, err
		}
		if _, err := files.Write(content); err != nil {
			return nil, err
		}
	}
	if err := files.Close(); err != nil {
		return nil, err
	}
	if err := zipped.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
