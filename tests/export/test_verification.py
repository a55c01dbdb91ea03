"""The export stage on the default weights: what it writes says what was trained, and a wrong file is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from caibian.errors import VerificationError
from caibian.progress import Context
from caibian.records import Example, to_table, write_parquet
from tests.support import default_weights

STORIES = [
    ("市图书馆本周起延长开放时间，每晚十点闭馆，周末增设两场亲子阅读活动。", "市图书馆延长开放至晚十点"),
    ("城东公交枢纽今天启用，十二条线路迁入，乘客换乘步行不超过三分钟。", "城东公交枢纽启用 十二条线路迁入"),
    ("受强降雨影响，环湖路部分路段临时封闭，预计明早六点恢复通行。", "环湖路部分路段因雨封闭"),
    ("本市今年新增口袋公园三十六处，其中八处建在老旧小区旁。", "本市新增口袋公园三十六处"),
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A random adapter for the default model, strong enough to be heard, and a few held-out examples."""
    torch = pytest.importorskip("torch")
    peft = pytest.importorskip("peft")
    from caibian.models import torch_weights

    root = tmp_path_factory.mktemp("export")
    model, _ = torch_weights.load(str(default_weights()), torch.bfloat16)
    torch.manual_seed(0)
    adapted = peft.get_peft_model(
        model,
        peft.LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "down_proj"], task_type="CAUSAL_LM"),
    )
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0, 0.1)
    adapted.save_pretrained(root / "training" / "adapter")
    rows = [
        Example(f"t{i}", "请为下面的稿件拟一个新闻标题。", body, title, "headline.news", "own", "zh", "test")
        for i, (body, title) in enumerate(STORIES)
    ]
    write_parquet(root / "instructions" / "test.parquet", to_table(rows, Example))
    return {"training": root / "training", "instructions": root / "instructions"}


@pytest.mark.slow
def test_the_adapter_on_the_quantised_base_says_what_was_trained_and_twice_its_scale_is_noticed(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    pytest.importorskip("xllamacpp")
    from caibian.export.config import ExportConfig
    from caibian.export.run import run

    context = Context.quiet(seed=0, model=str(default_weights()))
    report = run(ExportConfig(verify_prompts=4, control_prompts=4), folders, tmp_path, context)

    result = json.loads((tmp_path / "verification.json").read_text())
    [check] = result["checks"]
    assert check["passed"]
    assert check["mean_abs_dlogprob"] <= 0.10
    assert result["negative_control"]["mean_abs_dlogprob"] > 0.10
    assert result["negative_control"]["failed_as_it_must"]
    assert report.notes == []
    assert report.artefacts["adapter.gguf"] == "adapter.gguf"
    assert json.loads((tmp_path / "model.json").read_text())["adapter"] == "adapter.gguf"


@pytest.mark.slow
def test_a_file_that_says_something_else_is_refused_with_its_figure(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    pytest.importorskip("xllamacpp")
    from caibian.export.config import ExportConfig
    from caibian.export.run import run

    config = ExportConfig.model_validate(
        {"verify_prompts": 2, "control_prompts": 1, "tolerances": {"adapter": 1e-6}}
    )
    context = Context.quiet(seed=0, model=str(default_weights()))
    with pytest.raises(VerificationError, match=r"adapter\.gguf: mean .* > 1e-06"):
        run(config, folders, tmp_path, context)
    assert json.loads((tmp_path / "verification.json").read_text())["checks"][0]["passed"] is False
