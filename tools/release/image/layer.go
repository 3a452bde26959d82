package main

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"errors"
	"io"
	"path"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// file is one file of a layer.
type file struct {
	name    string
	mode    int64
	content []byte
}

// layerOf is a layer of files, of root and without a time: the same files give the same digest.
func layerOf(files []file) (v1.Layer, error) {
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	made := map[string]bool{}
	for _, f := range files {
		if err := errors.Join(addFolders(writer, made, path.Dir(f.name)), writer.WriteHeader(&tar.Header{
			Typeflag: tar.TypeReg, Name: f.name, Mode: f.mode, Size: int64(len(f.content)),
		})); err != nil {
			return nil, err
		}
		if _, err := writer.Write(f.content); err != nil {
			return nil, err
		}
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(buffer.Bytes())), nil
	}, tarball.WithMediaType(types.OCILayer))
}

func addFolders(writer *tar.Writer, made map[string]bool, folder string) error {
	if folder == "." || made[folder] {
		return nil
	}
	made[folder] = true
	if err := addFolders(writer, made, path.Dir(folder)); err != nil {
		return err
	}
	return writer.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: folder + "/", Mode: 0o755})
}

// certificates are the roots that Mozilla trusts, as the Go project keeps them: of the same version on every machine.
func certificates() ([]byte, error) {
	var text strings.Builder
	for root := range bundle.Roots() {
		if err := pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return nil, err
		}
	}
	if text.Len() == 0 {
		return nil, errors.New("there are no root certificates")
	}
	return []byte(text.String()), nil
}
