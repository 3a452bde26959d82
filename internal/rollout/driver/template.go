package driver

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/crossvpc/crossvpc/internal/rollout"
)

// launches is all that the group launches instances from: the first unless an override of its instance types names another.
// Managed node groups have such a policy (MixedInstancesPolicy).
func launches(group *types.AutoScalingGroup) []rollout.Template {
	from := group.LaunchTemplate
	var overrides []types.LaunchTemplateOverrides
	if policy := group.MixedInstancesPolicy; policy != nil && policy.LaunchTemplate != nil {
		from, overrides = policy.LaunchTemplate.LaunchTemplateSpecification, policy.LaunchTemplate.Overrides
	}
	var all []rollout.Template
	if first := templateOf(from, group.LaunchConfigurationName); first.Name != "" {
		all = append(all, first)
	}
	for _, override := range overrides {
		if override.LaunchTemplateSpecification != nil {
			all = append(all, templateOf(override.LaunchTemplateSpecification, nil))
		}
	}
	return all
}

// templateOf reads a launch template, or the launch configuration that is in its place.
func templateOf(from *types.LaunchTemplateSpecification, configuration *string) rollout.Template {
	if from == nil {
		return rollout.Template{Name: aws.ToString(configuration)}
	}
	return rollout.Template{ID: aws.ToString(from.LaunchTemplateId), Name: aws.ToString(from.LaunchTemplateName), Version: aws.ToString(from.Version)}
}

func launchedFrom(instance rollout.Instance, from *types.LaunchTemplateSpecification, configuration *string) rollout.Instance {
	instance.From = templateOf(from, configuration)
	return instance
}
