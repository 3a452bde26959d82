package aws

import (
	"context"
	"fmt"
	"strconv"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
)

// TemplateVersions are the numbers behind $Latest and $Default of a launch template.
type TemplateVersions struct{ Latest, Default string }

// TemplateVersions asks for launch templates by id. EC2 has no filter for ids, and refuses all where one is not there.
func (r *Reader) TemplateVersions(ctx context.Context, ids []string) (map[string]TemplateVersions, error) {
	out, err := r.api.DescribeLaunchTemplates(ctx, &ec2.DescribeLaunchTemplatesInput{LaunchTemplateIds: ids})
	if err != nil {
		return nil, fmt.Errorf("reading launch templates: %w", err)
	}
	found := make(map[string]TemplateVersions, len(out.LaunchTemplates))
	for _, template := range out.LaunchTemplates {
		found[awssdk.ToString(template.LaunchTemplateId)] = TemplateVersions{
			Latest:  strconv.FormatInt(awssdk.ToInt64(template.LatestVersionNumber), 10),
			Default: strconv.FormatInt(awssdk.ToInt64(template.DefaultVersionNumber), 10),
		}
	}
	return found, nil
}
