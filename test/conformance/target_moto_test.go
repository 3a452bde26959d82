package conformance

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/crossvpc/crossvpc/test/freeport"
)

// openMoto starts a moto_server of its own. It returns nil where moto is not
// installed (pip install 'moto[server]').
func openMoto(t *testing.T) (*Target, func()) {
	path, err := exec.LookPath("moto_server")
	if err != nil {
		t.Log("moto_server is not installed (pip install 'moto[server]'): NOTHING IS CHECKED")
		return nil, nil
	}
	port := freePort(t)
	server := exec.Command(path, "-H", "127.0.0.1", "-p", strconv.Itoa(port))
	// Loading images into each new account and region costs seconds that no
	// check needs.
	server.Env = append(os.Environ(), "MOTO_EC2_LOAD_DEFAULT_AMIS=false")
	server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := server.Start(); err != nil {
		t.Fatalf("starting %s: %v", path, err)
	}
	stop := func() {
		_ = syscall.Kill(-server.Process.Pid, syscall.SIGTERM)
		_ = server.Wait()
	}
	endpoint := fmt.Sprintf("http://127.0.0.1:%d", port)
	if err := waitForHTTP(t.Context(), endpoint+"/moto-api/data.json", 5*time.Minute); err != nil {
		stop()
		t.Fatalf("moto_server did not come up: %v", err)
	}
	return motoAt(t, endpoint), stop
}

// motoAt describes a running moto_server.
func motoAt(t *testing.T, endpoint string) *Target {
	target := newTarget("moto", endpoint)
	known, err := parseDeviations(motoDeviationsFile)
	if err != nil {
		t.Fatalf("moto_deviations.txt: %v", err)
	}
	target.deviations = known
	target.credentialsFor = (&motoKeys{target: target}).forAccount
	target.pause, target.patience = func() { <-time.After(20 * time.Millisecond) }, 10
	return target
}

// motoKeys assumes a role in each account once: moto maps keys to accounts by
// the role they were issued for, and no role needs to exist.
type motoKeys struct {
	target *Target
	mu     sync.Mutex
	issued map[string]aws.Credentials
}

func (m *motoKeys) forAccount(ctx context.Context, account string) (aws.Credentials, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if keys, ok := m.issued[account]; ok {
		return keys, nil
	}
	first := m.target.configWithKeys(aws.Credentials{AccessKeyID: "first", SecretAccessKey: "secret"}, "us-east-1")
	out, err := sts.NewFromConfig(first).AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn: aws.String("arn:aws:iam::" + account + ":role/conformance"), RoleSessionName: aws.String("conformance"),
	})
	if err != nil {
		return aws.Credentials{}, err
	}
	keys := aws.Credentials{
		AccessKeyID:     aws.ToString(out.Credentials.AccessKeyId),
		SecretAccessKey: aws.ToString(out.Credentials.SecretAccessKey),
		SessionToken:    aws.ToString(out.Credentials.SessionToken),
	}
	if m.issued == nil {
		m.issued = map[string]aws.Credentials{}
	}
	m.issued[account] = keys
	return keys, nil
}

func freePort(t *testing.T) int {
	port, err := freeport.Loopback(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// waitForHTTP polls until the URL answers 200.
func waitForHTTP(ctx context.Context, url string, within time.Duration) error {
	return wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, within, true,
		func(ctx context.Context) (bool, error) { return answers(ctx, url), nil })
}
