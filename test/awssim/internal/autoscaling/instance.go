package autoscaling

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

type terminateInstanceRequest struct {
	ID        string `query:"InstanceId,required"`
	Decrement *bool  `query:"ShouldDecrementDesiredCapacity,required"`
}

type terminateInstanceAnswer struct {
	Activity activityAnswer `xml:"Activity"`
}

func (s *Service) terminateInstance(c *sim.Call, in *terminateInstanceRequest) (*terminateInstanceAnswer, error) {
	here := s.at(c.Place)
	name, known := here.groupOf(in.ID)
	if !known {
		return nil, invalid("Instance Id not found - No managed instance found for instance ID: %s", in.ID)
	}
	g, _ := here.groups.Get(name)
	if g.members[g.index(in.ID)].warm() { // "This operation cannot be called on instances in a warm pool" (its API reference)
		return nil, invalid("The instance %s is in a warm pool.", in.ID)
	}
	cause := "At " + stamp(c.Now) + " instance " + in.ID + " was taken out of service in response to a user request."
	// A member that is ending already is ended again without effect on the capacity.
	if *in.Decrement && g.members[g.index(in.ID)].counts() {
		if g.desired <= g.least {
			return nil, invalid("Currently, desiredSize equals minSize (%d). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.", g.least)
		}
		g.desired--
		here.groups.Put(c.Stamp(), name, g)
		cause = "At " + stamp(c.Now) + " instance " + in.ID + " was taken out of service in response to a user request, shrinking the capacity from " +
			number(g.desired+1) + " to " + number(g.desired) + "."
	}
	return &terminateInstanceAnswer{answerActivity(c.Place, s.end(c, name, in.ID, cause))}, nil
}

type describeInstancesRequest struct {
	IDs        []string `query:"InstanceIds,member"`
	MaxRecords *int32   `query:"MaxRecords"`
	NextToken  string   `query:"NextToken"`
}

type memberDetails struct {
	ID        string          `xml:"InstanceId"`
	Kind      string          `xml:"InstanceType"`
	Group     string          `xml:"AutoScalingGroupName"`
	Zone      string          `xml:"AvailabilityZone"`
	State     string          `xml:"LifecycleState"`
	Health    string          `xml:"HealthStatus"`
	Template  *templateAnswer `xml:"LaunchTemplate"`
	Protected bool            `xml:"ProtectedFromScaleIn"`
}

type describeInstancesAnswer struct {
	Instances wire.Members[memberDetails] `xml:"AutoScalingInstances"`
	NextToken string                      `xml:"NextToken,omitempty"`
}

// describeInstances shows members; ids that are none are left out.
func (s *Service) describeInstances(c *sim.Call, in *describeInstancesRequest) (*describeInstancesAnswer, error) {
	var found []memberDetails
	for _, g := range s.at(c.Place).groups.Seen(c.View(groupType)) {
		for _, m := range g.members {
			if len(in.IDs) == 0 || slices.Contains(in.IDs, m.id) {
				found = append(found, memberDetails{m.id, m.kind, g.name, m.zone, m.state, strings.ToUpper(m.health), answerTemplate(m.template), m.protected})
			}
		}
	}
	slices.SortFunc(found, func(a, b memberDetails) int { return strings.Compare(a.ID, b.ID) })
	page, next, err := cut(found, in.MaxRecords, 50, in.NextToken, func(m memberDetails) string { return m.ID })
	return &describeInstancesAnswer{wire.MembersOf(page), next}, err
}

// cut takes the asked page out of what is sorted by key. A token is the key that the page before ended with.
func cut[T any](all []T, asked *int32, most int32, token string, key func(T) string) ([]T, string, error) {
	after, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		return nil, "", sim.Fail("InvalidNextToken", "The NextToken value is not valid.")
	}
	all = slices.DeleteFunc(all, func(item T) bool { return token != "" && key(item) <= string(after) })
	size := most
	if asked != nil {
		size = *asked
	}
	if size < 1 || size > 100 {
		return nil, "", invalid("1 validation error detected: Value '%d' at 'maxRecords' failed to satisfy constraint: Member must have value between 1 and 100", size)
	}
	if len(all) <= int(size) {
		return all, "", nil
	}
	return all[:size], base64.StdEncoding.EncodeToString([]byte(key(all[size-1]))), nil
}
