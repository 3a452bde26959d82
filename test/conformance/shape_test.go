package conformance

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

//go:embed shape.py
var shapeScript string

// lostValues says, for each action once, which values of its answers the SDK
// did not read.
func (t *transcript) lostValues() []string {
	found := map[string]bool{}
	for _, e := range t.exchanges {
		for _, lost := range e.lost {
			place, _, _ := strings.Cut(lost, "=")
			found[e.Service+" "+e.Action+": "+place] = true
		}
	}
	return sorted(found)
}

// misshapen parses every exchange against botocore's service models and
// returns what does not fit. It is nil, with a reason, where there is no
// python3 with botocore.
func (t *transcript) misshapen(scratch string) (found []string, unavailable error) {
	if out, err := exec.Command("python3", "-c", "import botocore").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("python3 with botocore: %w: %s", err, out)
	}
	recorded := filepath.Join(scratch, "exchanges.json")
	content, err := json.Marshal(t.exchanges)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(recorded, content, 0o600); err != nil {
		return nil, err
	}
	out, err := exec.Command("python3", "-c", shapeScript, recorded).Output()
	if err != nil {
		return []string{fmt.Sprintf("shape.py: %v: %s", err, out)}, nil
	}
	return slices.DeleteFunc(strings.Split(string(out), "\n"), func(line string) bool { return line == "" }), nil
}

func sorted(set map[string]bool) []string {
	var list []string
	for item := range set {
		list = append(list, item)
	}
	slices.Sort(list)
	return list
}

func TestTheShapeCheckFindsWhatDoesNotFit(t *testing.T) {
	vpc := func(inside string) exchange {
		return answerTo("EC2", "DescribeVpcs", 200, `<DescribeVpcsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId><vpcSet>`+inside+`</vpcSet></DescribeVpcsResponse>`)
	}
	wrong := map[string]exchange{
		"unknown element vpcID":     vpc("<item><vpcID>vpc-1</vpcID></item>"),
		"is not a boolean":          vpc("<item><isDefault>maybe</isDefault></item>"),
		"is not one of":             vpc("<item><state>ready</state></item>"),
		"unknown element member":    vpc("<member/>"),
		"error document is a html":  answerTo("EC2", "DescribeSubnets", 400, "<html/>"),
		"is not a list":             answerTo("EKS", "ListClusters", 200, `{"clusters":"a"}`),
		"unknown element cluster":   answerTo("EKS", "ListClusters", 200, `{"cluster":[]}`),
		"without a type":            answerTo("EKS", "ListClusters", 404, `{"message":"no"}`),
		"unknown element ARN":       answerTo("STS", "GetCallerIdentity", 200, `<GetCallerIdentityResponse><GetCallerIdentityResult><ARN>x</ARN></GetCallerIdentityResult></GetCallerIdentityResponse>`),
		"error document is not XML": answerTo("Auto Scaling", "SetDesiredCapacity", 500, "oops"),
	}
	answers := []exchange{vpc("<item><vpcId>vpc-1</vpcId><isDefault>false</isDefault></item>"), answerTo("EKS", "ListClusters", 200, `{"clusters":["a"]}`)}
	for _, answer := range wrong {
		answers = append(answers, answer)
	}
	got, unavailable := (&transcript{exchanges: answers}).misshapen(t.TempDir())
	if unavailable != nil {
		t.Skipf("SKIPPED: the second parser can't be had here: %v", unavailable)
	}
	if len(got) != len(wrong) {
		t.Errorf("%d of a wrong form, want %d: %q", len(got), len(wrong), got)
	}
	for want := range wrong {
		if !strings.Contains(strings.Join(got, "\n"), want) {
			t.Errorf("not found: %s", want)
		}
	}
}

func TestWhatTheSDKDoesNotReadIsLost(t *testing.T) {
	output := &ec2.DescribeVpcsOutput{Vpcs: []types.Vpc{{VpcId: aws.String("vpc-1"), IsDefault: aws.Bool(false)}}}
	const whole = `<R><requestId>r</requestId><vpcSet><item><vpcId>vpc-1</vpcId><isDefault>false</isDefault></item></vpcSet></R>`
	if lost := lostInDecoding(exchange{Body: whole}, output); len(lost) > 0 {
		t.Errorf("lost %q of an answer that was read whole", lost)
	}
	misspelt := strings.Replace(whole, "</item>", "<cidr_block>10.0.0.0/16</cidr_block></item>", 1)
	if lost := lostInDecoding(exchange{Body: misspelt}, output); len(lost) != 1 || !strings.Contains(lost[0], "cidr_block") {
		t.Errorf("lost %q, want the misspelt element", lost)
	}
}

func answerTo(service, action string, status int, body string) exchange {
	return exchange{Service: service, Action: action, Status: status, Body: body}
}
