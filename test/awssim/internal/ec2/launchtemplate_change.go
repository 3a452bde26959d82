package ec2

import (
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

type createLaunchTemplateVersionRequest struct {
	templateReference
	Data        launchTemplateData `query:"LaunchTemplateData,required"`
	ClientToken string             `query:"ClientToken"`
}

type launchTemplateVersionAnswer struct {
	Version struct {
		ID       string `xml:"launchTemplateId"`
		Name     string `xml:"launchTemplateName"`
		Number   int    `xml:"versionNumber"`
		Standard bool   `xml:"defaultVersion"`
		Created  string `xml:"createTime"`
	} `xml:"launchTemplateVersion"`
}

func (s *Service) createLaunchTemplateVersion(c *sim.Call, in *createLaunchTemplateVersionRequest) (*launchTemplateVersionAnswer, error) {
	here := s.at(c.Place)
	found, err := here.template(in.templateReference)
	if err != nil {
		return nil, err
	}
	found.versions = append(slices.Clip(found.versions), in.Data)
	here.launchTemplates.Put(c.Stamp(), found.id, found)
	answer := &launchTemplateVersionAnswer{}
	answer.Version.ID, answer.Version.Name, answer.Version.Number = found.id, found.name, len(found.versions)
	answer.Version.Created = c.Now.Format(time.RFC3339)
	return answer, nil
}

func (s *Service) deleteLaunchTemplate(c *sim.Call, in *templateReference) (*oneLaunchTemplateAnswer, error) {
	here := s.at(c.Place)
	gone, err := here.template(*in)
	if err != nil {
		return nil, err
	}
	answer := &oneLaunchTemplateAnswer{s.truth(c.Place, c.Now).launchTemplate(gone)}
	here.launchTemplates.Delete(c.Stamp(), gone.id)
	here.tags.Delete(c.Stamp(), gone.id)
	return answer, nil
}

// launchTemplateProperties are the filters of API_DescribeLaunchTemplates.
var launchTemplateProperties = properties[launchTemplateAnswer]{
	"create-time":          func(v launchTemplateAnswer) []string { return one(v.Created) },
	"launch-template-name": func(v launchTemplateAnswer) []string { return one(v.Name) },
}

type describeLaunchTemplatesRequest struct {
	IDs     []string `query:"LaunchTemplateId"`
	Names   []string `query:"LaunchTemplateName"`
	Filters []filter `query:"Filter"`
	page
}

type describeLaunchTemplatesAnswer struct {
	Templates wire.List[launchTemplateAnswer] `xml:"launchTemplates"`
	NextToken string                          `xml:"nextToken,omitempty"`
}

func (s *Service) describeLaunchTemplates(c *sim.Call, in *describeLaunchTemplatesRequest) (*describeLaunchTemplatesAnswer, error) {
	r := s.reader(c)
	found, err := seen(launchTemplateKind, &r.launchTemplates, c.View(launchTemplateType), in.IDs)
	if err != nil {
		return nil, err
	}
	for _, name := range in.Names {
		if _, err := r.template(templateReference{Name: name}); err != nil {
			return nil, err
		}
	}
	found = slices.DeleteFunc(found, func(t launchTemplate) bool { return len(in.Names) > 0 && !slices.Contains(in.Names, t.name) })
	answers, next, err := present(found, r.launchTemplate, launchTemplateProperties, in.Filters, in.page, bounds{1, 200},
		func(v launchTemplateAnswer) string { return v.ID })
	return &describeLaunchTemplatesAnswer{wire.ListOf(answers), next}, err
}
