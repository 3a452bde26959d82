package aws

import (
	"net/http"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
)

// bigAnswer is about 33 KB, far above the 4 KB that net/http reads at once, and
// of few elements, so that reading it costs little.
func bigAnswer() string {
	group := "<item><groupId>sg-1</groupId><groupDescription>" + strings.Repeat("x", 3300) + "</groupDescription></item>"
	return "<DescribeSecurityGroupsResponse><securityGroupInfo>" + strings.Repeat(group, 10) + "</securityGroupInfo></DescribeSecurityGroupsResponse>"
}

func TestBigAnswersArriveWhole(t *testing.T) {
	server := startedEndpoint(t)
	body := bigAnswer()
	server.answer("DescribeSecurityGroups", body)
	cfg := server.configuration()
	cfg.HTTPClient = withWholeAnswers(nil)
	client := ec2.NewFromConfig(cfg)
	const calls = 300 // without the wrapper one of the first 40 is cut off
	for call := range calls {
		out, err := client.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{MaxResults: awssdk.Int32(1000)})
		if err != nil {
			t.Fatalf("call %d of %d with %d bytes: %v", call, calls, len(body), err)
		}
		if len(out.SecurityGroups) != 10 {
			t.Fatalf("call %d: %d groups", call, len(out.SecurityGroups))
		}
	}
}

func TestRequestsWithoutABodyStayWithoutOne(t *testing.T) {
	client := withWholeAnswers(recordBody(func(request *http.Request) {
		if request.Body != http.NoBody {
			t.Errorf("body is %T", request.Body)
		}
	}))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://eks/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
}

type recordBody func(*http.Request)

func (r recordBody) Do(request *http.Request) (*http.Response, error) {
	r(request)
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}
