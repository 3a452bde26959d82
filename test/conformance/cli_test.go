package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestTheAWSCLIUnderstandsEveryAction tells a story with the AWS CLI in which
// every action of awssim occurs. The CLI's output has to parse, and the raw
// answers have to fit botocore's models.
func TestTheAWSCLIUnderstandsEveryAction(t *testing.T) {
	target := openTarget(t)
	driver, offers := target.control.(simControl)
	if !offers {
		t.Skipf("NOT APPLICABLE: %s does not say which actions it has", target.Name)
	}
	proxy := &recordingProxy{target: target.Endpoint}
	server := httptest.NewServer(proxy)
	defer server.Close()
	account := target.newAccount()
	target.declareRole(account, "network", "", account)
	cli, err := startCLI(t, server.URL, account)
	if err != nil {
		t.Skipf("SKIPPED: no AWS CLI here: %v", err)
	}
	defer cli.stop()
	cli.tell(strings.NewReplacer("{account}", account).Replace(cliStory), target.pause)

	called := map[string]bool{}
	for _, e := range proxy.exchanges {
		called[e.Service+" "+e.Action] = true
	}
	var offered map[string][]string
	if err := json.Unmarshal(driver.send(http.MethodGet, "actions", nil), &offered); err != nil {
		t.Fatal(err)
	}
	for service, actions := range offered {
		for _, action := range actions {
			if !called[serviceID[service]+" "+action] {
				t.Errorf("the story has no %s %s", service, action)
			}
		}
	}
	misshapen, unavailable := proxy.misshapen(t.TempDir())
	if unavailable != nil {
		t.Skipf("SKIPPED: the second parser can't be had here: %v", unavailable)
	}
	for _, each := range misshapen {
		t.Error(each)
	}
	t.Logf("%d calls by the AWS CLI, %d different actions", len(proxy.exchanges), len(called))
}

// serviceID is what the SDKs call a service, by its name in a signature.
var serviceID = map[string]string{"ec2": "EC2", "sts": "STS", "eks": "EKS", "autoscaling": "Auto Scaling"}

// cli runs commands of the AWS CLI.
type cli struct {
	t           *testing.T
	environment []string
	driver      *exec.Cmd
	in          *json.Encoder
	out         *json.Decoder
	closeIn     func() error
}

// cliDriver runs many commands in one process, which saves a second of start-up for each.
const cliDriver = `
import contextlib, io, json, sys
from awscli.clidriver import create_clidriver
from botocore.loaders import JSONFileLoader
load, loaded = JSONFileLoader.load_file, {}
def load_once(self, path):
    if path not in loaded:
        loaded[path] = load(self, path)
    return loaded[path]
JSONFileLoader.load_file = load_once
for line in sys.stdin:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = create_clidriver().main(json.loads(line))
    print(json.dumps({"code": code, "out": out.getvalue(), "err": err.getvalue()}), flush=True)
`

type cliResult struct {
	Code int    `json:"code"`
	Out  string `json:"out"`
	Err  string `json:"err"`
}

// startCLI prefers the CLI as a Python module and else takes the program.
func startCLI(t *testing.T, endpoint, account string) (*cli, error) {
	clean := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "AWS_") })
	c := &cli{t: t, environment: append(clean, "AWS_ACCESS_KEY_ID="+account, "AWS_SECRET_ACCESS_KEY=any",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1",
		"AWS_REGION="+here, "AWS_DEFAULT_REGION="+here, "AWS_ENDPOINT_URL="+endpoint, "AWS_DEFAULT_OUTPUT=json", "AWS_PAGER=")}
	if exec.Command("python3", "-c", "import awscli.clidriver").Run() != nil {
		_, err := exec.LookPath("aws")
		return c, err
	}
	c.driver = exec.Command("python3", "-c", cliDriver)
	c.driver.Env, c.driver.Stderr = c.environment, os.Stderr
	in, err := c.driver.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.driver.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.in, c.out, c.closeIn = json.NewEncoder(in), json.NewDecoder(out), in.Close
	return c, c.driver.Start()
}

func (c *cli) stop() {
	if c.driver != nil {
		_ = c.closeIn()
		_ = c.driver.Wait()
	}
}

func (c *cli) run(arguments []string) cliResult {
	var result cliResult
	if c.driver == nil {
		command := exec.Command("aws", arguments...)
		command.Env = c.environment
		var err strings.Builder
		command.Stderr = &err
		out, failure := command.Output()
		result = cliResult{Out: string(out), Err: err.String()}
		if failure != nil {
			result.Code = 1
		}
		return result
	}
	if err := c.in.Encode(arguments); err != nil {
		c.t.Fatal(err)
	}
	if err := c.out.Decode(&result); err != nil {
		c.t.Fatal(err)
	}
	return result
}

// tell runs a story: one command a line, "name=path command" keeps what is at
// the path of the output under a name, {name} is replaced by it, and a line
// "wait" lets time pass.
func (c *cli) tell(story string, wait func()) {
	kept := map[string]string{}
	for line := range strings.Lines(story) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case line == "wait":
			for range 120 {
				wait()
			}
		default:
			c.step(line, kept)
		}
	}
}

func (c *cli) step(line string, kept map[string]string) {
	for name, value := range kept {
		line = strings.ReplaceAll(line, "{"+name+"}", value)
	}
	words := strings.Fields(line)
	name, path, keeps := strings.Cut(words[0], "=")
	if keeps {
		words = words[1:]
	}
	result := c.run(words)
	if result.Code != 0 {
		c.t.Errorf("aws %s: exit %d: %s", strings.Join(words, " "), result.Code, result.Err)
		return
	}
	var document any
	if strings.TrimSpace(result.Out) == "" && !keeps && !slices.ContainsFunc(words, reads) {
		return
	}
	if err := json.Unmarshal([]byte(result.Out), &document); err != nil {
		c.t.Errorf("aws %s: output is not JSON: %v", strings.Join(words, " "), err)
		return
	}
	if keeps {
		kept[name] = fmt.Sprint(at(document, strings.Split(path, ".")))
	}
}

// reads tells commands that must have an output.
func reads(word string) bool {
	return strings.HasPrefix(word, "describe-") || strings.HasPrefix(word, "list-") || strings.HasPrefix(word, "get-")
}

// at finds a value in a document; numbers index lists.
func at(document any, path []string) any {
	for _, step := range path {
		switch node := document.(type) {
		case map[string]any:
			document = node[step]
		case []any:
			var index int
			if _, err := fmt.Sscan(step, &index); err != nil || index >= len(node) {
				return nil
			}
			document = node[index]
		default:
			return nil
		}
	}
	return document
}
