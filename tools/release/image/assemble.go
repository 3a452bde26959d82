package main

import (
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// programs of the image: the manager, and what probe pods run.
var programs = []string{"manager", "probe"}

// assemble puts the binaries of a platform on its base.
func assemble(o options, on base, platform v1.Platform) (v1.Image, error) {
	from, err := on.image(platform)
	if err != nil {
		return nil, err
	}
	files := make([]file, 0, len(programs))
	for _, program := range programs {
		content, err := os.ReadFile(filepath.Join(o.binaries, platform.OS+"-"+platform.Architecture, program))
		if err != nil {
			return nil, fmt.Errorf("make build-release first: %w", err)
		}
		files = append(files, file{program, 0o755, content})
	}
	layer, err := layerOf(files)
	if err != nil {
		return nil, err
	}
	image, err := mutate.AppendLayers(from, layer)
	if err != nil {
		return nil, err
	}
	image, err = configure(image, o, on, platform)
	if err != nil {
		return nil, err
	}
	return mutate.Annotations(image, annotations(o, on)).(v1.Image), nil
}

// configure says how the image runs.
func configure(image v1.Image, o options, on base, platform v1.Platform) (v1.Image, error) {
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Variant = platform.OS, platform.Architecture, platform.Variant
	config.Config.Entrypoint, config.Config.Cmd = []string{"/manager"}, nil
	config.Config.User, config.Config.WorkingDir = "65532:65532", "/"
	config.Config.Labels = annotations(o, on)
	return mutate.ConfigFile(image, config)
}

// annotations are those of the OCI image specification.
func annotations(o options, on base) map[string]string {
	found := map[string]string{
		"org.opencontainers.image.title":       "crossvpc",
		"org.opencontainers.image.description": "Takes two EKS clusters from separate VPCs to pods that reach each other",
		"org.opencontainers.image.source":      "https://github.com/crossvpc/crossvpc",
		"org.opencontainers.image.licenses":    "Apache-2.0",
		"org.opencontainers.image.version":     o.version,
		"org.opencontainers.image.base.name":   on.name,
	}
	if o.revision != "" {
		found["org.opencontainers.image.revision"] = o.revision
	}
	return found
}
