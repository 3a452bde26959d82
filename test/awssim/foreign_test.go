package awssim

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestBoto3FindsTheAnswersOfAWS: clients in other languages read more strictly than Go's, and wait by waiters of their own.
func TestBoto3FindsTheAnswersOfAWS(t *testing.T) {
	if exec.CommandContext(t.Context(), "python3", "-c", "import boto3").Run() != nil {
		t.Skip("boto3 is not on this machine (pip install boto3)")
	}
	url, err := New(Options{Timing: Instant()}).Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	script := exec.CommandContext(ctx, "python3", "testdata/boto3_client.py")
	script.Env = append(foreignEnvironment(), "AWS_ENDPOINT_URL="+url)
	if out, err := script.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// foreignEnvironment is ours without what would lead elsewhere: profiles, endpoints, a bundle of authorities, and the metadata
// service, for which clients wait.
func foreignEnvironment() []string {
	var kept []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "AWS_") {
			kept = append(kept, variable)
		}
	}
	return append(kept, "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null")
}
