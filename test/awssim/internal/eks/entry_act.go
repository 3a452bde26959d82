package eks

import (
	"encoding/base64"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

type entryAnswer struct {
	ClusterName      string            `json:"clusterName"`
	PrincipalArn     string            `json:"principalArn"`
	KubernetesGroups []string          `json:"kubernetesGroups"`
	AccessEntryArn   string            `json:"accessEntryArn"`
	CreatedAt        float64           `json:"createdAt"`
	ModifiedAt       float64           `json:"modifiedAt"`
	Tags             map[string]string `json:"tags"`
	Username         string            `json:"username"`
	Type             string            `json:"type"`
}

type entryResult struct {
	AccessEntry entryAnswer `json:"accessEntry"`
}

func entryAnswerFor(e entry) entryAnswer {
	answer := entryAnswer{
		ClusterName: e.cluster, PrincipalArn: e.principal, KubernetesGroups: listed(e.groups), AccessEntryArn: e.arn,
		CreatedAt: epoch(e.created), ModifiedAt: epoch(e.modified), Tags: e.tags, Username: e.username, Type: "STANDARD",
	}
	if answer.Tags == nil {
		answer.Tags = map[string]string{}
	}
	return answer
}

func epoch(at time.Time) float64 { return float64(at.UnixNano()) / float64(time.Second) }

type createEntryRequest struct {
	Name               string            `query:"name,required" json:"-"`
	PrincipalArn       string            `json:"principalArn"`
	KubernetesGroups   []string          `json:"kubernetesGroups"`
	Username           string            `json:"username"`
	Type               string            `json:"type"`
	Tags               map[string]string `json:"tags"`
	ClientRequestToken string            `json:"clientRequestToken"`
}

func (s *Service) createEntry(c *sim.Call, in *createEntryRequest) (*entryResult, error) {
	if err := s.takesEntries(c.Place, in.Name); err != nil {
		return nil, err
	}
	switch {
	case !principals.MatchString(in.PrincipalArn):
		return nil, invalid("The principalArn parameter format is not valid")
	case in.Type != "" && in.Type != "STANDARD":
		return nil, invalid("type %q is not implemented in awssim", in.Type)
	}
	if err := checkGroups(in.KubernetesGroups); err != nil {
		return nil, err
	}
	key := entryKey(in.Name, in.PrincipalArn)
	if _, taken := s.entriesAt(c.Place).Get(key); taken {
		return nil, &sim.Failure{Code: "ResourceInUseException", Message: "The specified access entry resource is already in use on this cluster.", Status: 409}
	}
	made := newEntry(c, in.Name, in.PrincipalArn)
	made.groups, made.tags = in.KubernetesGroups, in.Tags
	if in.Username != "" {
		made.username = in.Username
	}
	s.entriesAt(c.Place).Put(c.Stamp(), key, made)
	return &entryResult{entryAnswerFor(made)}, nil
}

// takesEntries refuses where there is no such cluster, or one that goes by its ConfigMap alone.
func (s *Service) takesEntries(place sim.Place, name string) error {
	found, there := s.at(place).Get(name)
	switch {
	case !there:
		return notFound(name)
	case found.mode == configMapMode:
		return sim.Fail("InvalidRequestException", "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.")
	}
	return nil
}

type entryRequest struct {
	Name         string `query:"name,required" json:"-"`
	PrincipalArn string `query:"principalArn,required" json:"-"`
}

func (s *Service) seeEntry(c *sim.Call, cluster, principal string) (entry, error) {
	if err := s.takesEntries(c.Place, cluster); err != nil {
		return entry{}, err
	}
	found, there := s.entriesAt(c.Place).See(c.View(entryType), entryKey(cluster, principal))
	if !there {
		return entry{}, &sim.Failure{Code: "ResourceNotFoundException", Status: 404,
			Message: "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'."}
	}
	return found, nil
}

func (s *Service) describeEntry(c *sim.Call, in *entryRequest) (*entryResult, error) {
	found, err := s.seeEntry(c, in.Name, in.PrincipalArn)
	if err != nil {
		return nil, err
	}
	return &entryResult{entryAnswerFor(found)}, nil
}

type updateEntryRequest struct {
	entryRequest

	KubernetesGroups   []string `json:"kubernetesGroups"`
	Username           string   `json:"username"`
	ClientRequestToken string   `json:"clientRequestToken"`
}

func (s *Service) updateEntry(c *sim.Call, in *updateEntryRequest) (*entryResult, error) {
	found, err := s.seeEntry(c, in.Name, in.PrincipalArn)
	if err != nil {
		return nil, err
	}
	if err := checkGroups(in.KubernetesGroups); err != nil {
		return nil, err
	}
	found.modified = c.Now
	if in.KubernetesGroups != nil {
		found.groups = in.KubernetesGroups
	}
	if in.Username != "" {
		found.username = in.Username
	}
	s.entriesAt(c.Place).Put(c.Stamp(), entryKey(in.Name, in.PrincipalArn), found)
	return &entryResult{entryAnswerFor(found)}, nil
}

type nothing struct{}

func (s *Service) deleteEntry(c *sim.Call, in *entryRequest) (*nothing, error) {
	if _, err := s.seeEntry(c, in.Name, in.PrincipalArn); err != nil {
		return nil, err
	}
	s.entriesAt(c.Place).Delete(c.Stamp(), entryKey(in.Name, in.PrincipalArn))
	return &nothing{}, nil
}

type listEntriesRequest struct {
	Name       string `query:"name,required" json:"-"`
	MaxResults *int32 `query:"maxResults" json:"-"`
	NextToken  string `query:"nextToken" json:"-"`
}

type listEntriesAnswer struct {
	AccessEntries []string `json:"accessEntries"`
	NextToken     string   `json:"nextToken,omitempty"`
}

// listEntries lists principals in pages; a token is the principal that the page before ended with.
func (s *Service) listEntries(c *sim.Call, in *listEntriesRequest) (*listEntriesAnswer, error) {
	if err := s.takesEntries(c.Place, in.Name); err != nil {
		return nil, err
	}
	after, err := base64.StdEncoding.DecodeString(in.NextToken)
	if err != nil {
		return nil, invalid("Invalid token")
	}
	names := []string{}
	for _, e := range s.entriesAt(c.Place).Seen(c.View(entryType)) {
		if e.cluster == in.Name && e.principal > string(after) {
			names = append(names, e.principal)
		}
	}
	page, token, err := paged(names, in.MaxResults)
	return &listEntriesAnswer{page, token}, err
}
