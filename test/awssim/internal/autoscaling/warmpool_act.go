package autoscaling

import (
	"cmp"
	"slices"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

type poolAnswer struct {
	Least    int32  `xml:"MinSize"`
	Prepared *int32 `xml:"MaxGroupPreparedCapacity"`
	State    string `xml:"PoolState"`
}

func (p *warmPool) answer() *poolAnswer {
	return &poolAnswer{Least: p.least, Prepared: p.prepared, State: p.state}
}

type putPoolRequest struct {
	Name     string `query:"AutoScalingGroupName,required"`
	Least    *int32 `query:"MinSize"`
	Prepared *int32 `query:"MaxGroupPreparedCapacity"`
	State    string `query:"PoolState"`
}

func (s *Service) putPool(c *sim.Call, in *putPoolRequest) (*nothing, error) {
	here := s.at(c.Place)
	found, err := here.group(in.Name)
	if err != nil {
		return nil, err
	}
	pool := warmPool{state: stoppedPool}
	if found.pool != nil {
		pool = *found.pool
	}
	set(&pool.least, in.Least)
	pool.state = cmp.Or(in.State, pool.state)
	if in.Prepared != nil {
		pool.prepared = in.Prepared
	}
	if pool.prepared != nil && *pool.prepared == -1 { // "To remove a value" (API_PutWarmPool)
		pool.prepared = nil
	}
	if !slices.Contains(poolStates, pool.state) {
		return nil, invalid("1 validation error detected: Value '%s' at 'poolState' failed to satisfy constraint: Member must satisfy enum value set: [Stopped, Running, Hibernated]", pool.state)
	}
	found.pool = &pool
	here.groups.Put(c.Stamp(), found.name, found)
	s.balance(c, found.name, "")
	return nil, nil
}

type namedPoolRequest struct {
	Name       string `query:"AutoScalingGroupName,required"`
	MaxRecords *int32 `query:"MaxRecords"`
	NextToken  string `query:"NextToken"`
}

type describePoolAnswer struct {
	Pool      *poolAnswer                `xml:"WarmPoolConfiguration"`
	Instances wire.Members[memberAnswer] `xml:"Instances"`
	NextToken string                     `xml:"NextToken,omitempty"`
}

func (s *Service) describePool(c *sim.Call, in *namedPoolRequest) (*describePoolAnswer, error) {
	found, err := s.at(c.Place).group(in.Name)
	if err != nil || found.pool == nil {
		return &describePoolAnswer{}, err
	}
	var members []memberAnswer
	for _, m := range found.members {
		if m.warm() {
			members = append(members, answerMember(m))
		}
	}
	slices.SortFunc(members, func(a, b memberAnswer) int { return cmp.Compare(a.ID, b.ID) })
	page, next, err := cut(members, in.MaxRecords, 50, in.NextToken, func(m memberAnswer) string { return m.ID })
	return &describePoolAnswer{found.pool.answer(), wire.MembersOf(page), next}, err
}

type deletePoolRequest struct {
	Name  string `query:"AutoScalingGroupName,required"`
	Force bool   `query:"ForceDelete"`
}

// deletePool deletes a pool without members, another one by force only (API_DeleteWarmPool).
func (s *Service) deletePool(c *sim.Call, in *deletePoolRequest) (*nothing, error) {
	here := s.at(c.Place)
	found, err := here.group(in.Name)
	switch {
	case err != nil:
		return nil, err
	case found.pool == nil:
		return nil, invalid("No warm pool found for Auto Scaling group %s", in.Name)
	case found.warmed() > 0 && !in.Force:
		return nil, sim.Fail("ResourceInUse", "You cannot delete a warm pool while there are instances in it.")
	}
	found.pool = nil
	here.groups.Put(c.Stamp(), found.name, found)
	s.balance(c, found.name, "")
	return nil, nil
}
