package hack

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// vulnerability is an entry as vuln.go.dev serves it (https://go.dev/doc/security/vuln/database), of a function that the
// probe calls on Linux, in every version of its module.
const vulnerability = `{
  "schema_version": "1.3.1", "id": "GO-2026-9999", "modified": "2026-01-01T00:00:00Z", "published": "2026-01-01T00:00:00Z",
  "summary": "Made up for a test", "details": "Made up for a test",
  "affected": [{
    "package": {"name": "github.com/vishvananda/netlink", "ecosystem": "Go"},
    "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}],
    "ecosystem_specific": {"imports": [{"path": "github.com/vishvananda/netlink", "symbols": ["RuleList"]}]}
  }],
  "database_specific": {"url": "https://pkg.go.dev/vuln/GO-2026-9999"}
}`

// TestKnownVulnerabilitiesAreLookedUpInAFolder gives govulncheck databases of its documented format by their paths.
func TestKnownVulnerabilitiesAreLookedUpInAFolder(t *testing.T) {
	t.Parallel()
	const modified = `"modified":"2026-01-01T00:00:00Z"`
	empty := map[string]string{"index/db.json": "{" + modified + "}", "index/modules.json": "[]"}
	for name, test := range map[string]struct {
		files map[string]string
		code  int
		says  string
	}{
		"one that knows nothing":       {empty, 0, "No vulnerabilities found"},
		"one that knows what we call":  {known(empty, modified), 3, "GO-2026-9999"},
		"a folder that is no database": {map[string]string{"README.md": ""}, 1, "is not a database of govulncheck"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := run(t, "../..", []string{"GOVULNDB=" + database(t, test.files)}, "hack/vulnerabilities.sh", "./cmd/probe")
			if code := exitCode(err); code != test.code || !strings.Contains(out, test.says) {
				t.Errorf("ended with %d (%v):\n%s", code, err, out)
			}
		})
	}
}

func known(empty map[string]string, modified string) map[string]string {
	return map[string]string{
		"index/db.json":        empty["index/db.json"],
		"index/modules.json":   `[{"path":"github.com/vishvananda/netlink","vulns":[{"id":"GO-2026-9999",` + modified + `}]}]`,
		"ID/GO-2026-9999.json": vulnerability,
	}
}

func database(t *testing.T, files map[string]string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for name, content := range files {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// exitCode is -1 where nothing ended with one.
func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	return -1
}
