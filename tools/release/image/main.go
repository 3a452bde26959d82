// Command image puts crossvpc's binaries on a base image, for several platforms, and writes an OCI layout or pushes it. It
// needs no Docker engine. Same binaries and base, same digest.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

type options struct {
	// binaries is a folder with a folder for each platform (linux-amd64, …).
	binaries, platforms, base, version, revision, out, push string
	// strict fails when the base can't be pulled.
	strict bool
}

func main() {
	var o options
	flag.StringVar(&o.binaries, "binaries", "dist/bin", "folder with the binaries, by platform")
	flag.StringVar(&o.platforms, "platforms", "linux/amd64,linux/arm64", "platforms of the image")
	flag.StringVar(&o.base, "base", "", "base image, by digest")
	flag.StringVar(&o.version, "version", "dev", "version, for the annotations")
	flag.StringVar(&o.revision, "revision", "", "commit, for the annotations")
	flag.StringVar(&o.out, "out", "dist/image", "folder of the OCI layout")
	flag.StringVar(&o.push, "push", "", "reference to push to as well")
	flag.BoolVar(&o.strict, "strict", false, "fail when the base can't be pulled, instead of using none")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	index, err := build(ctx, o)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(o.out); err != nil {
		return err
	}
	// The layout's own index holds one: the image of all platforms, as a registry would have it.
	if _, err := layout.Write(o.out, mutate.AppendManifests(ociIndex(), mutate.IndexAddendum{Add: index})); err != nil {
		return fmt.Errorf("writing the layout: %w", err)
	}
	digest, err := index.Digest()
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(os.Stdout, digest)
	if o.push == "" {
		return nil
	}
	return push(ctx, o.push, index)
}

func ociIndex() v1.ImageIndex { return mutate.IndexMediaType(empty.Index, types.OCIImageIndex) }

// build assembles the image of all platforms.
func build(ctx context.Context, o options) (v1.ImageIndex, error) {
	base, err := chooseBase(ctx, o)
	if err != nil {
		return nil, err
	}
	index := ociIndex()
	for text := range strings.SplitSeq(o.platforms, ",") {
		platform, err := v1.ParsePlatform(text)
		if err != nil {
			return nil, fmt.Errorf("platform %q: %w", text, err)
		}
		image, err := assemble(o, base, *platform)
		if err != nil {
			return nil, fmt.Errorf("platform %s: %w", platform, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: platform}})
	}
	return mutate.Annotations(index, annotations(o, base)).(v1.ImageIndex), nil
}

func push(ctx context.Context, reference string, index v1.ImageIndex) error {
	ref, err := name.ParseReference(reference)
	if err != nil {
		return err
	}
	if err := remote.WriteIndex(ref, index, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
		return fmt.Errorf("pushing %s: %w", ref, err)
	}
	return nil
}
