// Command pack makes what `kubectl krew install crossvpc` needs: an archive of the plugin for each platform, and the manifest
// that names them with their checksums. Same binaries, same bytes.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

type options struct {
	// binaries is a folder with a folder for each platform (linux-amd64, …); license is put beside the plugin, as Krew demands.
	binaries, license, platforms, version, url, out string
}

func main() {
	var o options
	flag.StringVar(&o.binaries, "binaries", "dist/bin", "folder with the binaries, by platform")
	flag.StringVar(&o.license, "license", "LICENSE", "the license file")
	flag.StringVar(&o.platforms, "platforms", "linux/amd64", "platforms of the plugin")
	flag.StringVar(&o.version, "version", "", "version, like v1.2.3")
	flag.StringVar(&o.url, "url", "", "where the archives will be, without the name of the file")
	flag.StringVar(&o.out, "out", "dist", "folder of the archives and of crossvpc.yaml")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	license, err := os.ReadFile(o.license)
	if err != nil {
		return err
	}
	var packed []archive
	for platform := range strings.SplitSeq(o.platforms, ",") {
		a, err := pack(o, platform, license)
		if err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
		packed = append(packed, a)
	}
	manifest, err := manifestOf(o, packed)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(o.out, "crossvpc.yaml"), manifest, 0o644)
}
