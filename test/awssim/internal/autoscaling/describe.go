package autoscaling

import (
	"slices"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/ec2"
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

type templateAnswer struct {
	ID      string `xml:"LaunchTemplateId"`
	Name    string `xml:"LaunchTemplateName"`
	Version string `xml:"Version"`
}

func answerTemplate(t ec2.Template) *templateAnswer { return &templateAnswer{t.ID, t.Name, t.Version} }

type memberAnswer struct {
	ID        string          `xml:"InstanceId"`
	Kind      string          `xml:"InstanceType"`
	Zone      string          `xml:"AvailabilityZone"`
	State     string          `xml:"LifecycleState"`
	Health    string          `xml:"HealthStatus"`
	Template  *templateAnswer `xml:"LaunchTemplate"`
	Protected bool            `xml:"ProtectedFromScaleIn"`
}

type groupAnswer struct {
	Name      string                     `xml:"AutoScalingGroupName"`
	ARN       string                     `xml:"AutoScalingGroupARN"`
	Template  *templateAnswer            `xml:"LaunchTemplate"`
	Least     int32                      `xml:"MinSize"`
	Most      int32                      `xml:"MaxSize"`
	Desired   int32                      `xml:"DesiredCapacity"`
	Cooldown  int32                      `xml:"DefaultCooldown"`
	Zones     wire.Members[string]       `xml:"AvailabilityZones"`
	Health    string                     `xml:"HealthCheckType"`
	Grace     int32                      `xml:"HealthCheckGracePeriod"`
	Instances wire.Members[memberAnswer] `xml:"Instances"`
	Created   string                     `xml:"CreatedTime"`
	Subnets   string                     `xml:"VPCZoneIdentifier"`
	Status    string                     `xml:"Status,omitempty"`
	Tags      wire.Members[groupTag]     `xml:"Tags"`
	Policies  wire.Members[string]       `xml:"TerminationPolicies"`
	Protects  bool                       `xml:"NewInstancesProtectedFromScaleIn"`
	Pool      *poolAnswer                `xml:"WarmPoolConfiguration"`
	PoolSize  *int                       `xml:"WarmPoolSize"`
}

func (s *Service) answer(place sim.Place, g group) groupAnswer {
	answer := groupAnswer{
		Name: g.name, ARN: groupARN(place, g.name),
		Template: answerTemplate(g.template), Least: g.least, Most: g.most, Desired: g.desired, Cooldown: g.cooldown,
		Health: g.health, Grace: g.grace, Created: g.created.Format(time.RFC3339), Subnets: strings.Join(g.subnets, ","),
		Tags: wire.MembersOf(g.tags), Policies: wire.MembersOf(g.policies), Protects: g.protects,
	}
	if g.isDeleting {
		answer.Status = "Delete in progress"
	}
	for _, id := range g.subnets {
		if _, zone, _ := s.fleet.SubnetPlace(place, id); !slices.Contains(answer.Zones.Items, zone) {
			answer.Zones.Items = append(answer.Zones.Items, zone)
		}
	}
	for _, m := range g.members {
		if !m.warm() { // DescribeWarmPool shows those (API_DescribeAutoScalingGroups)
			answer.Instances.Items = append(answer.Instances.Items, answerMember(m))
		}
	}
	if g.pool != nil {
		size := g.warmed()
		answer.Pool, answer.PoolSize = g.pool.answer(), &size
	}
	return answer
}

func answerMember(m member) memberAnswer {
	return memberAnswer{m.id, m.kind, m.zone, m.state, m.health, answerTemplate(m.template), m.protected}
}

type filter struct {
	Name   string   `query:"Name,required"`
	Values []string `query:"Values,member"`
}

// agrees knows the filters of API_DescribeAutoScalingGroups.
func (f filter) agrees(g group) (bool, error) {
	key, byKey := strings.CutPrefix(f.Name, "tag:")
	switch {
	case byKey:
		return slices.ContainsFunc(g.tags, func(t groupTag) bool { return t.Key == key && slices.Contains(f.Values, t.Value) }), nil
	case f.Name == "tag-key":
		return slices.ContainsFunc(g.tags, func(t groupTag) bool { return slices.Contains(f.Values, t.Key) }), nil
	case f.Name == "tag-value":
		return slices.ContainsFunc(g.tags, func(t groupTag) bool { return slices.Contains(f.Values, t.Value) }), nil
	}
	return false, invalid("Filter type %s is not correct. Allowed Filter types are: tag-key tag-value tag:<key>", f.Name)
}

type describeGroupsRequest struct {
	Names      []string `query:"AutoScalingGroupNames,member"`
	Filters    []filter `query:"Filters,member"`
	MaxRecords *int32   `query:"MaxRecords"`
	NextToken  string   `query:"NextToken"`
}

type describeGroupsAnswer struct {
	Groups    wire.Members[groupAnswer] `xml:"AutoScalingGroups"`
	NextToken string                    `xml:"NextToken,omitempty"`
}

// describeGroups shows groups; names that are none's are left out.
func (s *Service) describeGroups(c *sim.Call, in *describeGroupsRequest) (*describeGroupsAnswer, error) {
	var found []groupAnswer
	for _, g := range s.at(c.Place).groups.Seen(c.View(groupType)) {
		wanted := len(in.Names) == 0 || slices.Contains(in.Names, g.name)
		for _, f := range in.Filters {
			agrees, err := f.agrees(g)
			if err != nil {
				return nil, err
			}
			wanted = wanted && agrees
		}
		if wanted {
			found = append(found, s.answer(c.Place, g))
		}
	}
	page, next, err := cut(found, in.MaxRecords, 50, in.NextToken, func(g groupAnswer) string { return g.Name })
	return &describeGroupsAnswer{wire.MembersOf(page), next}, err
}
