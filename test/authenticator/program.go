package authenticator

import (
	"context"
	"io"
	"path/filepath"
	"runtime"

	"github.com/crossvpc/crossvpc/test/gobuild"
)

// Program returns the path of the program: $CROSSVPC_AUTHENTICATOR, else from the cache, into which it is built where it
// is not there yet: some 3 minutes of CPU when nothing of it was ever compiled.
func Program(ctx context.Context, progress io.Writer) (string, error) {
	_, file, _, _ := runtime.Caller(0)
	return gobuild.Cached{
		Name: "authenticator", Variable: "CROSSVPC_AUTHENTICATOR",
		Module:  filepath.Join(filepath.Dir(file), "program"),
		Package: "sigs.k8s.io/aws-iam-authenticator/cmd/aws-iam-authenticator",
	}.Program(ctx, progress)
}
