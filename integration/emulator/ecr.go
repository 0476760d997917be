package emulator

import (
	"context"
	"strings"
)

// imageMends are what moto gets wrong of ECR.
func imageMends() map[string]mended {
	return map[string]mended{"ecr.PutImageTagMutability": putTagMutability, "ecr.PutImageScanningConfiguration": putScanning}
}

// putTagMutability refuses filters without a setting that takes some, and the other way round, as ECR does. moto does so for new repositories only
// (Amazon ECR API Reference, "PutImageTagMutability").
func putTagMutability(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	const most = 5
	setting, filters := text(in, "imageTagMutability"), len(list(in, "imageTagMutabilityExclusionFilters"))
	if takes := strings.HasSuffix(setting, "_WITH_EXCLUSION"); takes != (filters > 0) || filters > most {
		return nil, refusal("InvalidParameterException", "Invalid parameter at 'imageTagMutabilityExclusionFilters': %d filters do not go with %s", filters, setting)
	}
	return a.pass(ctx, x)
}

// putScanning takes a switch that was not sent for off (Amazon ECR API Reference, "ImageScanningConfiguration"): SDKs leave out what is false,
// and moto changes nothing then.
func putScanning(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	in["imageScanningConfiguration"] = withDefaults(child(in, "imageScanningConfiguration"), object{"scanOnPush": false})
	other, err := x.againTarget(x.Operation, in)
	if err != nil {
		return nil, err
	}
	return a.pass(ctx, other)
}
