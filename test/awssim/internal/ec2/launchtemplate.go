package ec2

import (
	"cmp"
	"strconv"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

const launchTemplateType = "launch-template"

var launchTemplateKind = kind{
	name: launchTemplateType, prefix: "lt", noun: "launch template",
	notFound: "InvalidLaunchTemplateId.NotFound", malformed: "InvalidLaunchTemplateId.Malformed",
}

// launchTemplate is a launch template in store, with all its versions from 1.
type launchTemplate struct {
	id       string
	name     string
	created  time.Time
	versions []launchTemplateData
	standard int
}

// launchTemplateData is one version.
type launchTemplateData struct {
	TagSpecifications []tagSpecification `query:"TagSpecification"`
	launchSpec
}

func (s *Service) launchTemplateActions() map[string]sim.Action {
	return map[string]sim.Action{
		"CreateLaunchTemplate":        wire.Query(s.createLaunchTemplate),
		"CreateLaunchTemplateVersion": wire.Query(s.createLaunchTemplateVersion),
		"DeleteLaunchTemplate":        wire.Query(s.deleteLaunchTemplate),
		"DescribeLaunchTemplates":     wire.Query(s.describeLaunchTemplates),
	}
}

type createLaunchTemplateRequest struct {
	Name              string             `query:"LaunchTemplateName,required"`
	Data              launchTemplateData `query:"LaunchTemplateData,required"`
	TagSpecifications []tagSpecification `query:"TagSpecification"`
	ClientToken       string             `query:"ClientToken"`
}

type launchTemplateAnswer struct {
	ID        string         `xml:"launchTemplateId"`
	Name      string         `xml:"launchTemplateName"`
	Created   string         `xml:"createTime"`
	CreatedBy string         `xml:"createdBy"`
	Standard  int            `xml:"defaultVersionNumber"`
	Latest    int            `xml:"latestVersionNumber"`
	TagSet    wire.List[tag] `xml:"tagSet"`
}

func (v launchTemplateAnswer) tags() []tag { return v.TagSet.Items }

func (t launchTemplate) identity() string { return t.id }

func (r reader) launchTemplate(t launchTemplate) launchTemplateAnswer {
	return launchTemplateAnswer{
		t.id, t.name, t.created.Format(time.RFC3339), r.place.GlobalARN("iam", "root"), t.standard, len(t.versions),
		wire.ListOf(r.tagsOf(launchTemplateType, t.id)),
	}
}

type oneLaunchTemplateAnswer struct {
	Template launchTemplateAnswer `xml:"launchTemplate"`
}

func (s *Service) createLaunchTemplate(c *sim.Call, in *createLaunchTemplateRequest) (*oneLaunchTemplateAnswer, error) {
	here := s.at(c.Place)
	tags, err := tagsToMake(in.TagSpecifications, launchTemplateType)
	if err != nil {
		return nil, err
	}
	made, err := repeated(here, "CreateLaunchTemplate", in.ClientToken, &here.launchTemplates, func() (launchTemplate, error) {
		if _, taken := here.launchTemplateNamed(in.Name); taken {
			return launchTemplate{}, sim.Fail("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.")
		}
		made := launchTemplate{id: c.NewID("lt"), name: in.Name, created: c.Now, versions: []launchTemplateData{in.Data}, standard: 1}
		here.launchTemplates.Put(c.Stamp(), made.id, made)
		here.putTags(c, made.id, tags)
		return made, nil
	})
	if err != nil {
		return nil, err
	}
	return &oneLaunchTemplateAnswer{s.truth(c.Place, c.Now).launchTemplate(made)}, nil
}

func (h *holdings) launchTemplateNamed(name string) (launchTemplate, bool) {
	for _, t := range h.launchTemplates.All() {
		if t.name == name {
			return t, true
		}
	}
	return launchTemplate{}, false
}

// templateReference names a template by id or by name.
type templateReference struct {
	ID   string `query:"LaunchTemplateId"`
	Name string `query:"LaunchTemplateName"`
}

func (h *holdings) template(named templateReference) (launchTemplate, error) {
	if named.ID != "" {
		return find(launchTemplateKind, &h.launchTemplates, named.ID)
	}
	if named.Name == "" {
		return launchTemplate{}, sim.Fail("MissingParameter", "The request must contain the parameter LaunchTemplateId or LaunchTemplateName")
	}
	found, there := h.launchTemplateNamed(named.Name)
	if !there {
		return found, sim.Fail("InvalidLaunchTemplateName.NotFoundException", "The specified launch template, with template name %s, does not exist.", named.Name)
	}
	return found, nil
}

// templateSpecification names a template and its version: a number, $Latest or $Default.
type templateSpecification struct {
	templateReference
	Version string `query:"Version"`
}

// resolvedTemplate is what a version says, and its number.
type resolvedTemplate struct {
	spec    launchSpec
	tags    []tag
	version int
}

func (h *holdings) resolve(wanted templateSpecification) (resolvedTemplate, error) {
	found, err := h.template(wanted.templateReference)
	if err != nil {
		return resolvedTemplate{}, err
	}
	number := found.standard
	switch version := cmp.Or(wanted.Version, "$Default"); version {
	case "$Default":
	case "$Latest":
		number = len(found.versions)
	default:
		parsed, err := strconv.Atoi(version)
		if err != nil || parsed < 1 || parsed > len(found.versions) {
			return resolvedTemplate{}, sim.Fail("InvalidLaunchTemplateId.VersionNotFound", "Could not find launch template version")
		}
		number = parsed
	}
	data := found.versions[number-1]
	tags, err := tagsToMake(data.TagSpecifications, instanceType, "volume", interfaceType)
	return resolvedTemplate{data.launchSpec, tags, number}, err
}
