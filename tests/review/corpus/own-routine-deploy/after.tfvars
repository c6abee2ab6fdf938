images = {
  save    = "111122223333.dkr.ecr.us-east-1.amazonaws.com/storyizer/save@sha256:a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
  website = "111122223333.dkr.ecr.us-east-1.amazonaws.com/storyizer/website@sha256:b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1"
  words   = "111122223333.dkr.ecr.us-east-1.amazonaws.com/storyizer/words@sha256:d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2"
}
