package autoscaling

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

// The outcomes of activities.
const (
	successfulActivity = "Successful"
	failedActivity     = "Failed"
)

// activity is what a group did, and why.
type activity struct {
	id          string
	group       string
	description string
	cause       string
	at          time.Time
	status      string
}

// tell records an activity. It is over when it is recorded: waiting for instances is the member's affair.
func (h *holdings) tell(c *sim.Call, group, description, cause, status string) activity {
	told := activity{c.NewUUID("scaling-activity"), group, description, cause, c.Now, status}
	h.activities = append(h.activities, told)
	return told
}

type activityAnswer struct {
	ID          string `xml:"ActivityId"`
	Group       string `xml:"AutoScalingGroupName"`
	Description string `xml:"Description"`
	Cause       string `xml:"Cause"`
	Start       string `xml:"StartTime"`
	End         string `xml:"EndTime"`
	Status      string `xml:"StatusCode"`
	Progress    int    `xml:"Progress"`
	ARN         string `xml:"AutoScalingGroupARN"`
}

func answerActivity(place sim.Place, a activity) activityAnswer {
	at := a.at.Format(time.RFC3339)
	return activityAnswer{
		a.id, a.group, a.description, a.cause, at, at, a.status, 100,
		groupARN(place, a.group),
	}
}

type describeActivitiesRequest struct {
	Group      string   `query:"AutoScalingGroupName"`
	IDs        []string `query:"ActivityIds,member"`
	MaxRecords *int32   `query:"MaxRecords"`
	NextToken  string   `query:"NextToken"`
}

type describeActivitiesAnswer struct {
	Activities wire.Members[activityAnswer] `xml:"Activities"`
	NextToken  string                       `xml:"NextToken,omitempty"`
}

// describeActivities shows what groups did, newest first.
func (s *Service) describeActivities(c *sim.Call, in *describeActivitiesRequest) (*describeActivitiesAnswer, error) {
	type numbered struct {
		key string
		activityAnswer
	}
	all := s.at(c.Place).activities
	var found []numbered
	for n, a := range slices.Backward(all) {
		if (in.Group == "" || a.group == in.Group) && (len(in.IDs) == 0 || slices.Contains(in.IDs, a.id)) {
			// Counting down makes the newest the least, as pages want it.
			found = append(found, numbered{fmt.Sprintf("%012d", 1_000_000_000-n), answerActivity(c.Place, a)})
		}
	}
	page, next, err := cut(found, in.MaxRecords, 100, in.NextToken, func(n numbered) string { return n.key })
	answer := &describeActivitiesAnswer{NextToken: next}
	for _, n := range page {
		answer.Activities.Items = append(answer.Activities.Items, n.activityAnswer)
	}
	return answer, err
}

// idOf makes the UUID in a group's ARN.
func idOf(place sim.Place, name string) string {
	sum := sha256.Sum256([]byte(place.String() + "/" + name))
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
