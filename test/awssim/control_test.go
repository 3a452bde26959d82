package awssim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crossvpc/crossvpc/test/awssim"
)

// control sends a request to the control interface, wants it to succeed, and decodes the answer.
func control(t *testing.T, method, url, body string, into any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		t.Fatalf("%s %s: %s %s %v", method, url, response.Status, answer, err)
	}
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			t.Fatalf("%s %s: %v in %s", method, url, err, answer)
		}
	}
}

func TestTheJournalTellsWhoCalledWhatWithWhichResult(t *testing.T) {
	cloud, endpoint := start(t, awssim.Instant())
	id := makeVpc(t, ec2For(endpoint, accountA, regionA), "10.11.0.0/16")
	_, err := ec2For(endpoint, accountB, regionB).DeleteVpc(t.Context(), &ec2.DeleteVpcInput{VpcId: &id})
	wantCode(t, err, "InvalidVpcID.NotFound")

	var got []awssim.Entry
	control(t, http.MethodGet, endpoint+"/_awssim/journal?service=ec2", "", &got)
	want := []awssim.Entry{
		{
			Sequence: 1, Service: "ec2", Action: "CreateVpc", Place: awssim.Place{Account: accountA, Region: regionA},
			Principal: "arn:aws:iam::" + accountA + ":user/awssim", Parameters: map[string]string{"CidrBlock": "10.11.0.0/16"},
			Status: 200, Code: "OK", Start: cloud.Clock().Now(),
		},
		{
			Sequence: 2, Service: "ec2", Action: "DeleteVpc", Place: awssim.Place{Account: accountB, Region: regionB},
			Principal: "arn:aws:iam::" + accountB + ":user/awssim", Parameters: map[string]string{"VpcId": id},
			Status: 400, Code: "InvalidVpcID.NotFound", Message: "The vpc ID '" + id + "' does not exist", Start: cloud.Clock().Now(),
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(awssim.Entry{}, "RequestID", "Duration")); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}

	for query, action := range map[string]string{"since=1": "DeleteVpc", "account=" + accountA: "CreateVpc", "region=" + regionB: "DeleteVpc", "code=OK": "CreateVpc"} {
		control(t, http.MethodGet, endpoint+"/_awssim/journal?"+query, "", &got)
		if len(got) != 1 || got[0].Action != action {
			t.Errorf("journal with %s: %v, want %s alone", query, got, action)
		}
	}
	control(t, http.MethodDelete, endpoint+"/_awssim/journal", "", nil)
	if left := cloud.Journal(awssim.Query{}); len(left) != 0 {
		t.Errorf("%d entries left", len(left))
	}
}

func TestFaultsAreInjectedListedAndRemovedOverHTTP(t *testing.T) {
	_, endpoint := start(t, awssim.Instant())
	client := ec2For(endpoint, accountA, regionA)
	var made struct{ ID string }
	control(t, http.MethodPost, endpoint+"/_awssim/faults", `{"action":"CreateVpc","count":-1,"effect":"Error","code":"Unavailable","status":503}`, &made)
	wantCode(t, createVpc(t.Context(), client), "Unavailable")
	var faults []awssim.Fault
	control(t, http.MethodGet, endpoint+"/_awssim/faults", "", &faults)
	if len(faults) != 1 || faults[0].Hit != 1 || faults[0].ID != made.ID {
		t.Errorf("faults: %+v", faults)
	}
	control(t, http.MethodDelete, endpoint+"/_awssim/faults?id="+made.ID, "", nil)
	if err := createVpc(t.Context(), client); err != nil {
		t.Error(err)
	}
}

func TestTheClockIsAdvancedAndTimingIsSetOverHTTP(t *testing.T) {
	cloud, endpoint := start(t, awssim.Instant())
	before := cloud.Clock().Now()
	control(t, http.MethodPost, endpoint+"/_awssim/clock", `{"advance":"168h"}`, nil)
	if got := cloud.Clock().Since(before); got != 168*time.Hour {
		t.Errorf("advanced %s", got)
	}
	var timing awssim.Timing
	control(t, http.MethodPut, endpoint+"/_awssim/config?preset=realistic", "", &timing)
	if diff := cmp.Diff(awssim.Realistic(), timing); diff != "" {
		t.Errorf("timing (-want +got):\n%s", diff)
	}
	control(t, http.MethodPut, endpoint+"/_awssim/config", `{"transitions":{"vpc/pending":"1m0s"}}`, &timing)
	made := must[*ec2.CreateVpcOutput](t)(ec2For(endpoint, accountA, regionA).CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16")}))
	for _, step := range []struct{ advance, want string }{{"59s", "pending"}, {"1s", "available"}} {
		control(t, http.MethodPost, endpoint+"/_awssim/clock", `{"advance":"`+step.advance+`"}`, nil)
		found := must[*ec2.DescribeVpcsOutput](t)(ec2For(endpoint, accountA, regionA).DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{VpcIds: []string{*made.Vpc.VpcId}}))
		if got := string(found.Vpcs[0].State); got != step.want {
			t.Errorf("after %s: %s, want %s", step.advance, got, step.want)
		}
	}
}

func TestTheStateIsDumpedByPlaceAndGoneAfterAReset(t *testing.T) {
	_, endpoint := start(t, awssim.Instant())
	client := ec2For(endpoint, accountA, regionA)
	id := makeVpc(t, client, "10.11.0.0/16")
	var state struct {
		EC2 map[string]struct {
			VpcSet []struct {
				VpcID string `json:"vpcId"`
			} `json:"vpcSet"`
			RouteTableSet []struct {
				RouteSet []struct {
					DestinationCidrBlock, GatewayID, State string
				} `json:"routeSet"`
			} `json:"routeTableSet"`
			SecurityGroupRuleSet []struct{ IPProtocol string } `json:"securityGroupRuleSet"`
		} `json:"ec2"`
	}
	control(t, http.MethodGet, endpoint+"/_awssim/state", "", &state)
	here := state.EC2[accountA+"/"+regionA]
	if len(here.VpcSet) != 1 || here.VpcSet[0].VpcID != id || len(here.RouteTableSet) != 1 ||
		here.RouteTableSet[0].RouteSet[0].State != "active" || len(here.SecurityGroupRuleSet) != 2 {
		t.Errorf("state: %+v", here)
	}
	control(t, http.MethodPost, endpoint+"/_awssim/reset", "", nil)
	if got := countVpcs(t, client); got != 0 {
		t.Errorf("%d VPCs after the reset", got)
	}
	if again := makeVpc(t, client, "10.11.0.0/16"); again != id {
		t.Errorf("id %s after the reset, want %s as before", again, id)
	}
}

func TestTheControlInterfaceRefusesWhatItDoesNotKnow(t *testing.T) {
	_, endpoint := start(t, awssim.Instant())
	for path, body := range map[string]string{
		"faults": `{"effect":"Error","colour":"blue"}`, "clock": `{"advance":"soon"}`,
	} {
		response, err := http.Post(endpoint+"/_awssim/"+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusBadRequest {
			t.Errorf("%s %s: %s", path, body, response.Status)
		}
	}
}
